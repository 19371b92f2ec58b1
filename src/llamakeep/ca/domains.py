"""The domains for which the root may vouch: those of the inventory's gateways."""

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.gateway import DOMAIN

from llamakeep import inventory as inventories
from llamakeep.errors import Refusal
from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.fleet import Host


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
            id="no-gateway-host",
            expected="a gateway, whose gateway_domain the internal CA vouches for",
            remedy="an inventory without one needs no CA",
        )
    return tuple(dict.fromkeys(_domain(host).lower() for host in gateways))


def _domain(host: Host) -> str:
    """Return the domain of one gateway, by the role's own rule."""
    domain = reveal(host.inputs.get("gateway_domain"))
    place = host.places.get("gateway_domain", host.name)
    remedy = "set it for gateway_hosts, such as gateway_domain: example.org"
    if domain in {None, ""}:
        raise Refusal(f"gateway_domain of {host.name}", "is not set", id="gateway-domain-unset", remedy=remedy)
    if not isinstance(domain, str) or not DOMAIN.fullmatch(domain):
        raise Refusal(
            place,
            f"gateway_domain: {domain!r} is no domain",
            id="gateway-domain-invalid",
            expected="a domain, as a text",
            remedy=remedy,
        )
    return domain
