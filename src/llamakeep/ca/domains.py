"""The domains for which the root may vouch: those of the inventory's gateways."""

from llamakeep import inventory as inventories
from llamakeep.errors import Refusal
from llamakeep.inventory.concealed import reveal


def of(inventory: str) -> tuple[str, ...]:
    """Return gateway_domain of every gateway, each once.

    Raises Refusal where there is no gateway, or one that has no domain.
    """
    fleet = inventories.load(inventory, pinned=False)
    gateways = [host for host in fleet.hosts if "gateway_hosts" in host.groups]
    if not gateways:
        raise Refusal(
            inventory,
            "no host is in the group gateway_hosts",
            expected="a gateway, whose gateway_domain the internal CA vouches for",
            remedy="an inventory without one needs no CA",
        )
    found = {host.name: str(reveal(host.inputs.get("gateway_domain")) or "") for host in gateways}
    for name, domain in found.items():
        if not domain:
            remedy = "set it for gateway_hosts, such as gateway_domain: example.org"
            raise Refusal(f"gateway_domain of {name}", "is not set", remedy=remedy)
    return tuple(dict.fromkeys(domain.lower() for domain in found.values()))
