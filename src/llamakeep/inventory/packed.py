"""A fleet on its way to another process: as its record, with the secrets that the record strikes out."""

import json

from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.fleet import Fleet, Host


def pack(fleet: Fleet) -> bytes:
    """Return the fleet with its secrets in the clear: for a pipe between two processes, never for a file."""
    secrets = {
        host.name: {"inputs": reveal(host.inputs), "connection": host.connection.revealed()} for host in fleet.hosts
    }
    return json.dumps({"fleet": fleet.model_dump(mode="json"), "secrets": secrets}).encode()


def unpack(text: bytes) -> Fleet:
    """Return the fleet that was packed, or the one of a record, which has no secrets."""
    found = json.loads(text)
    if "fleet" not in found:
        return Fleet.model_validate(found)
    fleet = Fleet.model_validate(found["fleet"])
    hosts = [Host.model_validate(host.model_dump() | found["secrets"][host.name]) for host in fleet.hosts]
    return fleet.model_copy(update={"hosts": tuple(hosts)})
