"""From a path to a Fleet: Ansible reads, the lock is laid beside, what is wrong is refused."""

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.inputs import MODELS, pins
from pydantic import Secret, SecretStr

from llamakeep.errors import Refusal, refuse
from llamakeep.hosts.connection import Connection
from llamakeep.inventory.asked import Asked
from llamakeep.inventory.concealed import conceal
from llamakeep.inventory.doors import collisions
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.inventory.managed import managed
from llamakeep.inventory.place import folder_of
from llamakeep.inventory.stage import Evaluated, stages
from llamakeep.inventory.wanted import Wanted
from llamakeep.lock import file as lockfile
from llamakeep.lock.lock import Lock

_HIDDEN = re.compile(r"(_pass|_password|_passphrase|private_key)$")  # of the variables that lead to a host


def load(inventory: str, worker: Asked, *, pinned: bool = True) -> Fleet:
    """Return the hosts that the limit selects, of the inventory at a path, or refuse them with all that is wrong.

    `worker` reads it meanwhile. With `pinned` false, models that the lock lacks are let through, and nobody asks how
    hosts hang together: for `llamakeep lock` and `llamakeep ca`, which come before that.
    """
    lock = lockfile.read(inventory)
    hosts = [host for host in worker.answer()["hosts"] if host["selected"]]
    return _fleet(inventory, lock, hosts, pinned=pinned)


def choose(inventory: str, worker: Asked) -> tuple[Fleet, frozenset[str]]:
    """Return every host of the inventory at a path, and the names of those that the limit selects."""
    lock = lockfile.read(inventory)
    hosts = worker.answer()["hosts"]
    chosen = frozenset(host["name"] for host in hosts if host["selected"])
    return _fleet(inventory, lock, hosts, pinned=True), chosen


def _fleet(inventory: str, lock: Lock, described: list[dict[str, Any]], *, pinned: bool) -> Fleet:
    """Return hosts as the worker describes them, as records; all that is wrong with them is refused at once."""
    problems: list[Refusal] = []
    hosts: list[Host] = []
    for host in described:
        place = _places(host, inventory)
        if wrong := _wrong(host, lock, inventory, place, pinned=pinned):
            problems += wrong
            continue
        found = _host(host, lock)
        problems += collisions(found, place)
        hosts.append(found)
    refuse(problems)
    return Fleet(inventory=inventory, lock=lock, hosts=tuple(hosts))


def _addresses(host: dict[str, Any]) -> tuple[str, ...]:
    """Return the addresses from which a host speaks: as named, else the one under which we reach it."""
    if named := host["speaks_from"]:
        return tuple(map(str, named))
    try:
        return (str(ipaddress.ip_address(host["connection"]["address"])),)
    except ValueError:
        return ()


def _places(host: dict[str, Any], inventory: str) -> Callable[[str], str]:
    """Return the function that says where an option of a host is written; one with its default is its own place."""
    folder = folder_of(inventory)
    return lambda option: str(folder / host["places"][option]) if option in host["places"] else option


def _wrong(
    host: dict[str, Any], lock: Lock, inventory: str, place: Callable[[str], str], *, pinned: bool
) -> list[Refusal]:
    """Refuse what means nothing, and with `pinned` what a host asks for and the lock does not hold."""
    inputs = _concealed(host)
    problems: list[Refusal] = []
    for name, stage in stages().items():
        if name not in host["roles"]:
            continue
        unreadable = stage.unreadable(inputs, place)
        problems += unreadable
        if pinned and not unreadable:
            problems += stage.unlocked(host["values"], lock, place, inventory)
    return problems


def _concealed(host: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a host's options, each secret in them a Secret."""
    vaulted = frozenset(host["vaulted"])
    return {name: conceal(name, value, vaulted) for name, value in host["values"].items()}


def _host(host: dict[str, Any], lock: Lock) -> Host:
    """Return one host as a record, its secrets concealed."""
    own = _concealed(host)
    return Host(
        name=host["name"],
        groups=tuple(host["groups"]),
        connection=_connection(host["connection"]),
        addresses=_addresses(host),
        inputs=_inputs(host, own, lock),
        places=host["places"],
        services=_services(host, own, lock),
    )


def _services(host: dict[str, Any], own: dict[str, Any], lock: Lock) -> dict[str, Wanted]:
    """Return what each service of a host should be; nothing where nobody asked how hosts hang together."""
    vaulted = frozenset(host["vaulted"])
    found: dict[str, Wanted] = {}
    for name, stage in stages().items():
        if table := host["tables"].get(name):
            left = managed(table["managed"], lambda key, value: isinstance(conceal(key, value, vaulted), Secret))
            found[name] = stage.read(Evaluated(own, host["elsewhere"], table["wanted"], left, lock))
    return found


def _inputs(host: dict[str, Any], own: dict[str, Any], lock: Lock) -> dict[str, Any]:
    """Return all that the host is made from, as the action plugin `receipt` gathers it."""
    pinned = pins(host["values"], lock.model_dump()) if MODELS in host["values"] else {}
    return {**own, **conceal("", pinned, frozenset(host["vaulted"])), **host["elsewhere"]}


def _connection(found: dict[str, Any]) -> Connection:
    """Return how the host is reached, its secrets concealed."""
    given = found.pop("variables")
    hidden = {name: value for name, value in given.items() if _HIDDEN.search(name) and value is not None}
    plain = {name: value for name, value in given.items() if name not in hidden}
    return Connection(**found, variables=plain, secrets={name: SecretStr(str(value)) for name, value in hidden.items()})
