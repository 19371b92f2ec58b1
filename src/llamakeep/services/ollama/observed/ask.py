"""What to ask of a host about its server."""

from typing import NamedTuple

STORE = "/usr/share/ollama/.ollama/models"  # where upstream keeps models
RELEASES = "/opt/llamakeep/ollama"
UNITS = (
    "ollama.service",
    "ollama-api.socket",
    "ollama-api.service",
    "ollama-manage.socket",
    "ollama-manage.service",
)


class AskOllama(NamedTuple):
    """Where the door of the API listens, and where the server keeps its models."""

    address: str = "127.0.0.1"
    port: int = 11434
    store: str = STORE
