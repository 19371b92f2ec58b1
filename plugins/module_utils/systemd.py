"""What systemctl prints, taken apart."""

from __future__ import annotations

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import plain


def shown(text: str) -> dict[str, dict[str, str]]:
    r"""Return the properties of each unit in the answer of `systemctl show` that names its `Id`.

    >>> shown("Id=ollama.service\nActiveState=active\n\nId=x.socket\nActiveState=inactive\n")["x.socket"]
    {'Id': 'x.socket', 'ActiveState': 'inactive'}
    """
    blocks = [
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.strip().split("\n\n")
    ]
    return {block["Id"]: block for block in blocks if "Id" in block}


def socket_units(listing: str) -> dict[tuple[str, int], str]:
    """Return which socket unit listens where, from what `systemctl list-sockets` prints.

    >>> socket_units("127.0.0.1:11434  ollama-api.socket  ollama-api.service")
    {('127.0.0.1', 11434): 'ollama-api.socket'}
    """
    found = {}
    for line in listing.splitlines():
        listen, unit = [*line.split(), "", ""][:2]
        address, _colon, port = listen.rpartition(":")
        if port.isdigit():
            bare = plain(address)
            found["::" if bare == "*" else bare, int(port)] = unit
    return found
