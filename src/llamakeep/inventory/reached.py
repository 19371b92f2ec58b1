"""How Ansible would reach a host: what its connection and become plugins read of the host's variables."""

from functools import cache
from typing import Any

from ansible import constants
from ansible.plugins.loader import become_loader, connection_loader

from llamakeep.errors import Refusal

_SSH = {"ssh", "smart", "ansible.builtin.ssh"}
_LOCAL = {"local", "ansible.builtin.local"}


def reached(host: str, ours: dict[str, Any], place: str) -> dict[str, Any]:
    """Return how Ansible would reach a host; `ours` are its variables in ansible_, evaluated.

    >>> reached("gpu01", {"ansible_host": "192.0.2.7", "ansible_ssh_common_args": "-o …"}, "inventories/office: gpu01")
    {"kind": "ssh", "address": "192.0.2.7", "port": 22, "user": "ops", "become_method": "sudo",
     "variables": {"ansible_host": "192.0.2.7", "ansible_ssh_common_args": "-o …"}, …}
    """
    ssh = constants.config.get_plugin_options("connection", "ssh", variables=ours)
    method = str(ours.get("ansible_become_method") or constants.DEFAULT_BECOME_METHOD)
    root = _become_options(method, ours, place)
    read = _read("connection", "ssh") | _read("become", method)
    return {
        "kind": _kind(ours, place),
        "address": ours.get("ansible_host") or ours.get("ansible_ssh_host") or host,
        "port": int(ssh["port"] or 22),
        "user": ours.get("ansible_user") or ssh["remote_user"] or constants.DEFAULT_REMOTE_USER,
        "become": bool(ours.get("ansible_become", True)),
        "become_method": method,
        "variables": {"inventory_hostname": host, **{name: ours[name] for name in ours if name in read}},
        "python": _interpreter(ours.get("ansible_python_interpreter")),
        "password": ssh["password"],
        "become_password": root.get("become_pass"),
    }


def _become_options(method: str, ours: dict[str, Any], place: str) -> dict[str, Any]:
    """Return what a plugin for becoming root is told; refuse a method of which there is no plugin."""
    if not _read("become", method):
        raise Refusal(
            place,
            f"ansible_become_method is {method}, of which Ansible has no plugin here",
            id="become-method-unknown",
            expected="sudo, su, or a method whose collection is installed",
            remedy="correct it, or install its collection: doas is in community.general",
        )
    return dict(constants.config.get_plugin_options("become", method, variables=ours))


def _kind(ours: dict[str, Any], place: str) -> str:
    wanted = str(ours.get("ansible_connection", constants.DEFAULT_TRANSPORT))
    for kind, names in (("ssh", _SSH), ("local", _LOCAL)):
        if wanted in names:
            return kind
    raise Refusal(
        place,
        f"ansible_connection is {wanted}",
        id="connection-unsupported",
        expected="ssh or local",
        remedy="use ssh",
    )


@cache
def _read(kind: str, name: str) -> frozenset[str]:
    """Return the variables that a plugin reads; empty: there is no such plugin."""
    loader = {"connection": connection_loader, "become": become_loader}[kind]
    if loader.get(name, class_only=True) is None:
        return frozenset()
    return frozenset(str(one) for one in constants.config.get_plugin_vars(kind, name))


def _interpreter(wanted: Any) -> str | None:
    """Return the path of the Python that the inventory names; `auto` names none."""
    return str(wanted) if wanted and not str(wanted).startswith("auto") else None
