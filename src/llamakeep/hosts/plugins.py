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
from typing import Any

from llamakeep import collection
from llamakeep.hosts import settings

_LOCK = threading.Lock()  # Ansible's loaders are not made for threads
_NAMES = ("inventory_hostname", "ansible_host", "ansible_ssh_host")  # of which ssh's makes `host`, and nothing else
_LAST: list[tuple[dict[str, Any], Any]] = []  # ssh's plugin as it was read last, and of which variables


def ssh(variables: Mapping[str, Any]) -> Any:
    """Return Ansible's connection plugin for a host; `variables` are the host's, evaluated.

    One for a host that differs from the last in its name alone is a copy of that: to read the options takes Ansible as
    long as the rest of a login takes us.
    """
    read = {name: value for name, value in variables.items() if name not in _NAMES}
    with _LOCK:
        if not _LAST or _LAST[0][0] != read:
            plugin = _loader().connection_loader.get("ssh", _context(), os.devnull)
            plugin.set_options(var_options=read)
            _LAST[:] = [(read, plugin)]
        plugin = copy.copy(_LAST[0][1])
        plugin._options, plugin._origins = dict(plugin._options), dict(plugin._origins)
        from ansible import constants

        kind = {"plugin_type": "connection", "plugin_name": plugin._load_name}
        plugin.set_option("host", constants.config.get_config_value("host", variables=dict(variables), **kind))
    plugin.host = plugin.get_option("host")
    return plugin


def become(method: str, variables: Mapping[str, Any]) -> Any:
    """Return the plugin of a method, such as sudo; None where there is none of that name."""
    with _LOCK:
        plugin = _loader().become_loader.get(method)
        if plugin is not None:
            plugin.set_options(var_options=dict(variables))
    return plugin


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
