"""The fleet on its way to the suite's process: as its record, with the secrets that the record strikes out."""

import json
from typing import Any

from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.fleet import Fleet, Host


def pack(fleet: Fleet) -> bytes:
    """Return the fleet with its secrets in the clear: for a pipe between two processes, never for a file."""
    secrets = {host.name: _secrets(host) for host in fleet.hosts}
    return json.dumps({"fleet": fleet.model_dump(mode="json"), "secrets": secrets}).encode()


def unpack(text: bytes) -> Fleet:
    """Return the fleet that was packed, or the one of a record, which has no secrets."""
    found = json.loads(text)
    if "fleet" not in found:
        return Fleet.model_validate(found)
    fleet = Fleet.model_validate(found["fleet"])
    hosts = [_with(host, found["secrets"][host.name]) for host in fleet.hosts]
    return fleet.model_copy(update={"hosts": tuple(hosts)})


def _secrets(host: Host) -> dict[str, Any]:
    connection = host.connection
    passwords = {"password": connection.password, "become_password": connection.become_password}
    plain = {name: secret.get_secret_value() if secret else None for name, secret in passwords.items()}
    return {"inputs": reveal(host.inputs), "passwords": plain}


def _with(host: Host, secrets: dict[str, Any]) -> Host:
    connection = host.connection.model_dump() | secrets["passwords"]
    return Host.model_validate(host.model_dump() | {"inputs": secrets["inputs"], "connection": connection})
