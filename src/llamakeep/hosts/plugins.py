"""Ansible's own plugins for ssh and for becoming another user, outside a play; nothing else of the kit loads them.

What the inventory, the environment and ansible.cfg say of passwords, prompts, keys, flags and programs is theirs to
read. They are no public API; those of ansible-core 2.19 to 2.21 do the same.
"""

import copy
import os
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from llamakeep import collection
from llamakeep.hosts import settings

_LOCK = threading.Lock()  # Ansible's loaders are not made for threads
_NAMES = frozenset({"inventory_hostname", "ansible_host", "ansible_ssh_host"})
_LAST: dict[tuple[str, str], "_Last"] = {}


def ssh(variables: Mapping[str, Any]) -> Any:
    """Return Ansible's connection plugin for a host; `variables` are the host's, evaluated."""
    with _LOCK:
        _loader()  # before anything else of Ansible's: what we set in the environment, it reads when it is imported
        plugin = _like_the_last("connection", "ssh", variables, _context(), os.devnull)
        from ansible import constants

        kind = {"plugin_type": "connection", "plugin_name": plugin._load_name}
        plugin.set_option("host", constants.config.get_config_value("host", variables=dict(variables), **kind))
    plugin.host = plugin.get_option("host")
    return plugin


def become(method: str, variables: Mapping[str, Any]) -> Any:
    """Return the plugin of a method, such as sudo; None where there is none of that name."""
    with _LOCK:
        return _like_the_last("become", method, variables)


def _like_the_last(kind: str, name: str, variables: Mapping[str, Any], *arguments: Any) -> Any:
    """Return a plugin that has read its options of a host's variables, without the name of the host.

    One for a host that differs from the last in its name alone is a copy of that: to read the options takes Ansible as
    long as the rest of a login takes us.
    """
    loader = getattr(_loader(), f"{kind}_loader")
    last = _LAST.get((kind, name))
    if last is None or last.read != last.of(variables):
        plugin = loader.get(name, *arguments)
        if plugin is None:
            return None
        last = _LAST[kind, name] = _Last.made(kind, plugin, variables)
    plugin = copy.copy(last.plugin)
    plugin._options, plugin._origins = dict(plugin._options), dict(plugin._origins)
    return plugin


class _Last(NamedTuple):
    """A plugin as it was made last."""

    names: frozenset[str]  # variables that it was not given: a host's own name, of which no option but `host` is made
    read: dict[str, Any]
    plugin: Any

    @classmethod
    def made(cls, kind: str, plugin: Any, variables: Mapping[str, Any]) -> "_Last":
        """Have a plugin read its options."""
        from ansible import constants

        asked = () if kind == "connection" else constants.config.get_plugin_vars(kind, plugin._load_name)
        last = cls(_NAMES.difference(asked), {}, plugin)
        last = last._replace(read=last.of(variables))
        plugin.set_options(var_options=dict(last.read))
        return last

    def of(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return what it would be given of a host's variables."""
        return {name: value for name, value in variables.items() if name not in self.names}


@cache
def shell() -> Any:
    """Return the plugin by which commands for `/bin/sh` are quoted, whatever shell the user has."""
    with _LOCK:
        _loader()
        from ansible.plugins.loader import get_shell_plugin

        return get_shell_plugin("sh", "/bin/sh")


def same_user(user: str, other: str) -> bool:
    """Whether Ansible would not become `other`, being `user` already."""
    with _LOCK:
        _loader()
        from ansible import constants

        return user == other and not constants.BECOME_ALLOW_SAME_USER


@cache
def _loader() -> Any:
    os.environ.update(settings.of_ssh())
    collection.leave_to_ansible()
    from ansible.plugins import loader

    from llamakeep.inventory import routing

    routing.keep()
    loader.init_plugin_loader([str(collection.path())])
    return loader


@cache
def _context() -> Any:
    from ansible.playbook.play_context import PlayContext

    return PlayContext()


def errors() -> type[Exception]:
    """Return what Ansible's plugins raise where they cannot do what they were told."""
    from ansible.errors import AnsibleError

    kind: type[Exception] = AnsibleError
    return kind


def path() -> str:
    """Return a PATH in which the `ansible` of our own environment is the first: it answers ssh's question."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
