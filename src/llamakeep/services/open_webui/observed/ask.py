"""What to ask of a host about its Open WebUI."""

from typing import NamedTuple

RELEASES = "/opt/llamakeep/open_webui"


class AskOpenWebui(NamedTuple):
    """Where its door listens, and where its data lie."""

    address: str
    port: int
    data: str
