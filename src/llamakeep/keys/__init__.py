"""The keys of the gateway's clients, on the operator's side: made, listed, replaced, taken back."""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime

from llamakeep.keys import change, file, key
from llamakeep.keys.client import Client
from llamakeep.keys.issue import Issued, Listed, Roll

__all__ = ["add", "listed", "revoke", "rotate"]


def add(inventory: str, name: str, rate: int | None = None) -> Issued:
    """Enter a new client into the inventory and return its key, which is known to nobody after that."""
    made = key.make()
    sha256 = key.fingerprint(made)
    path = _apply(inventory, lambda clients: change.add(clients, name, sha256, _today(), rate))
    return Issued(path=path, name=name, key=made, rate=rate)


def rotate(inventory: str, name: str, grace: int = 0) -> Issued:
    """Give a client another key and return it; with grace the old one opens for so many days more."""
    made = key.make()
    sha256 = key.fingerprint(made)
    path = _apply(inventory, lambda clients: change.rotate(clients, name, sha256, _today(), grace))
    client = file.read(inventory)[name]
    until = tuple(one.until for one in client.previous)
    return Issued(path=path, name=name, key=made, rate=client.rate, until=until)


def revoke(inventory: str, name: str) -> str:
    """Take every key of a client back; return the file's path."""
    return _apply(inventory, lambda clients: change.revoke(clients, name))


def listed(inventory: str) -> Roll:
    """Return who has a key, and how old it is."""
    today = _today()
    clients = tuple(
        Listed(
            name=name,
            created=client.created,
            age_days=client.age(today),
            rate=client.rate,
            until=tuple(one.until for one in client.previous if not one.is_over(today)),
        )
        for name, client in sorted(file.read(inventory).items())
    )
    return Roll(path=str(file.path_for(inventory)), clients=clients)


def _apply(inventory: str, changed: Callable[[Mapping[str, Client]], dict[str, Client]]) -> str:
    """Read, change and write as one: of two who do so at once the second sees what the first has written."""
    with _alone(inventory):
        before = file.read(inventory)
        path = file.path_for(inventory)
        file.write(path, before, changed(before))
    return str(path)


@contextmanager
def _alone(inventory: str) -> Iterator[None]:
    handle = os.open(file.folder_of(inventory), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _today() -> date:
    return datetime.now(UTC).date()
