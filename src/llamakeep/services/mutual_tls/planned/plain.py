"""Doors that are plain by choice, though others of the network come to them."""

from collections.abc import Iterator

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import is_loopback

from llamakeep.inventory.fleet import Host


def plain_doors(host: Host) -> Iterator[str]:
    """Return in words each door of a host that asks nobody in the network for a certificate.

    >>> [*plain_doors(host)]
    ['llm2: the door ollama-api is without TLS at 192.0.2.12 by choice: what passes can be read in the network between']
    """
    for one in host.services.values():
        for door in one.managed.doors:
            at = [address for address in door.at if door.into and not door.tls and not is_loopback(address)]
            if at:
                yield (
                    f"{host.name}: the door {door.name} is without TLS at {', '.join(at)} by choice: "
                    "what passes can be read in the network between"
                )
