"""What the verbs of `llamakeep key` return: a key that was just made, or who has one."""

from pydantic import SecretStr

from llamakeep.record import Record


class Issued(Record):
    """A key, on its only way to a person; wherever else it is printed it is redacted."""

    path: str  # of the file that knows its hash
    name: str  # of the client
    key: SecretStr
    rate: int | None = None  # requests in 60 seconds
    until: tuple[str, ...] = ()  # last days of the client's older keys


class Listed(Record):
    """One client in the list: nothing of its key but its age."""

    name: str
    created: str
    age_days: int
    rate: int | None  # requests in 60 seconds; None: gateway_rate
    until: tuple[str, ...]  # last days of its older keys


class Roll(Record):
    """Everybody who has a key."""

    path: str
    clients: tuple[Listed, ...]
