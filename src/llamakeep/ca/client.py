"""A certificate for a program outside of the fleet, which a door lets in."""

import os
from pathlib import Path
from typing import NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import CERTIFICATE
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity

from llamakeep import inventory as inventories
from llamakeep.ca import between
from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.verify.reach import open_at


class Endpoint(NamedTuple):
    """Where a program is let in."""

    name: str  # on the certificate that it meets there
    address: str
    port: int


class ClientCertificate(NamedTuple):
    """What a program is given."""

    path: Path  # of its key and its certificate, as one file
    roots: Path  # whom it trusts
    endpoints: tuple[Endpoint, ...]


def make(inventory: str, name: str, folder: Path) -> ClientCertificate:
    """Write a new key with its certificate for the program of a host of the inventory into a folder.

    Raises Refusal for a host that no door lets in, or that gets its certificate from a run, and for files that are
    there already.
    """
    from llamakeep.keys.file import folder_of

    fleet = inventories.load(inventory)
    endpoints = _endpoints(fleet, name)
    found = ClientCertificate(folder / f"{name}.pem", folder / "fleet-roots.pem", endpoints)
    if found.path.exists():
        raise Refusal(
            str(found.path),
            "is there already",
            id="file-exists",
            expected="a place where nothing is lost",
            remedy="move it away, or choose another folder: --to FOLDER",
        )
    _write(found.roots, "", 0o644)  # before anything is issued: a place where nothing can be written is refused
    text, roots = between.issue(folder_of(inventory), name)
    _write(found.path, text, 0o600)
    _write(found.roots, roots, 0o644)
    return found


def _endpoints(fleet: Fleet, name: str) -> tuple[Endpoint, ...]:
    host = next((host for host in fleet.hosts if host.name == name), None)
    if host is None:
        raise Refusal(
            name,
            "is no host of the inventory",
            id="client-host-unknown",
            expected="a host that a door lets in, with its address",
            remedy="add it, in a group that ollama_api_groups names",
        )
    if host.lays(CERTIFICATE):
        raise Refusal(
            name,
            "is a host of the fleet",
            id="client-is-of-the-fleet",
            expected="a program elsewhere",
            remedy="llamakeep up gives it its certificate",
        )
    found = tuple(end for other in fleet.hosts for end in _at(other, host))
    if not found:
        raise Refusal(
            name,
            "is let in by no door that asks for certificates",
            id="client-not-let-in",
            expected=f"one of its groups in ollama_api_groups of a host; it is in {', '.join(host.groups)}",
        )
    return found


def _at(host: Host, client: Host) -> list[Endpoint]:
    """Return where a host lets a client in by certificate."""
    doors = [door for one in host.services.values() for door in one.managed.doors if door.tls]
    return [
        Endpoint(identity(host.name), address, door.port)
        for door in doors
        if set(door.groups) & set(client.groups)
        for address in open_at(host, door.at)
    ]


def _write(path: Path, text: str, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="ascii") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
    except OSError as error:
        raise Refusal(str(path), f"cannot be written: {error.strerror}", id="file-not-writable") from error
