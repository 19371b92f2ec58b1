"""What `llamakeep chatbox-link` returns."""

from pydantic import SecretStr

from llamakeep.record import Record


class Linked(Record):
    """A link, on its only way to a person; wherever else it is printed it is redacted."""

    client: str
    address: str  # "https://api.example.org/v1"
    models: tuple[str, ...]  # the one to begin with first
    link: SecretStr  # "chatbox://provider/import?config=…"
    config: SecretStr  # the same as JSON, as Chatbox takes it from the clipboard
    root: str = ""  # sha256 of the internal CA's root, where the gateway's certificate comes from it
    until: str = ""  # last day of the key, where it is one that was replaced
