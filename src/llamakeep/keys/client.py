"""A client of the gateway's API, as the inventory names it: its key's hash, and nothing that opens anything."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt, StrictStr, StringConstraints

from llamakeep.record import Record


def _day(text: str) -> str:
    if date.fromisoformat(text).isoformat() != text:
        raise ValueError("is no date such as 2026-11-22")
    return text


# A text, not a date: an inventory's values travel as JSON, and are hashed as such.
Day = Annotated[StrictStr, AfterValidator(_day)]
Sha256 = Annotated[StrictStr, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
Rate = Annotated[StrictInt, Field(ge=1, le=1_000_000)]


class Previous(Record):
    """A key that was replaced, and still opens until the end of a day."""

    sha256: Sha256
    until: Day  # its last day, in UTC

    def is_over(self, today: date) -> bool:
        """Tell whether its last day has passed."""
        return date.fromisoformat(self.until) < today


class Client(Record):
    """One client; its name is the key under which it stands."""

    sha256: Sha256
    created: Day  # of the key, in UTC
    rate: Rate | None = None  # requests in 60 seconds; None: gateway_rate
    previous: tuple[Previous, ...] = ()

    def hashes(self) -> tuple[str, ...]:
        """Return the hash of every key that it has, in lower case."""
        return self.sha256.lower(), *(one.sha256.lower() for one in self.previous)

    def age(self, today: date) -> int:
        """Return the age of its key in days."""
        return (today - date.fromisoformat(self.created)).days
