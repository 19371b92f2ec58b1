"""How pyinfra reaches a host by ssh, from the options that the inventory gives to ssh itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llamakeep.inventory.fleet import Connection

_WITH_VALUE = frozenset("BbcDEeFIiJLlmOoPpQRSWw")  # options of ssh(1) that take a value
_AS_CONFIG = {"J": "ProxyJump", "i": "IdentityFile", "l": "User", "p": "Port"}
_KNOWN_HOSTS = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
_EVERYONES_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts"


def host_data(connection: Connection, config: Path) -> dict[str, Any]:
    """Return pyinfra's data for a host, and write the ssh configuration that it points to.

    Host keys are checked strictly: a host whose key nobody knows is not talked to. Connections that the
    options describe (ProxyJump, ProxyCommand, IdentityFile, -F) go through as ssh itself would make them.
    """
    options = dict(reversed(list(_options(connection.ssh_options))))  # the first one wins, as in ssh
    config.write_text(_config(connection.address, options), encoding="utf-8")
    data: dict[str, Any] = {
        "ssh_hostname": connection.address,
        "ssh_config_file": str(config),
        "ssh_strict_host_key_checking": "yes",
    }
    if connection.port != 22:  # 22 is also what stands there when the inventory says nothing
        data["ssh_port"] = connection.port
    if connection.user:
        data["ssh_user"] = connection.user
    if key := connection.private_key or options.get("IdentityFile"):
        data["ssh_key"] = str(Path(key).expanduser())
    return data


def _options(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Return the options of an ssh command line as names and values of ssh_config.

    >>> list(_options(("-o", "UserKnownHostsFile=/k", "-J", "bastion")))
    [('UserKnownHostsFile', '/k'), ('ProxyJump', 'bastion')]
    """
    rest = iter(words)
    for word in rest:
        letter = word[1:2]
        if not word.startswith("-") or letter not in _WITH_VALUE:
            continue
        value = word[2:] or next(rest, "")
        if letter == "o":
            name, _, setting = value.partition("=") if "=" in value else value.partition(" ")
            yield name.strip(), setting.strip().strip('"')
        elif letter == "F":
            yield "Include", value
        elif letter in _AS_CONFIG:
            yield _AS_CONFIG[letter], value


def _config(address: str, options: dict[str, str]) -> str:
    """Return an ssh configuration: the host's options, then what the operator's own files say."""
    include = options.pop("Include", "~/.ssh/config")
    known = options.pop("UserKnownHostsFile", None)
    options.pop("StrictHostKeyChecking", None)
    own = [f"  {name} {value}" for name, value in options.items()]
    return "\n".join(
        [
            # A jump host is named by its own address, so the options above it are not its own.
            f"Host {address}",
            *own,
            *([f"  UserKnownHostsFile {known} {_EVERYONES_KNOWN_HOSTS}"] if known else []),
            "Host *",
            "  StrictHostKeyChecking yes",
            *([] if include == "none" else [f"Include {Path(include).expanduser()}"]),
            "Host *",
            f"  UserKnownHostsFile {known or _KNOWN_HOSTS} {_EVERYONES_KNOWN_HOSTS}",
            "",
        ]
    )
