"""What to ask of a host about its gateway."""

from typing import NamedTuple

UNITS = ("llamakeep-gateway.socket", "llamakeep-gateway.service", "llamakeep-gateway-reader.service")


class AskGateway(NamedTuple):
    """Where the gateway listens, for which domain, and where it says how its hosts are."""

    address: str
    port: int
    domain: str
    metrics_port: int
