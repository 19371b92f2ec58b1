"""When a run began."""

from datetime import UTC, datetime


def began(run: str) -> datetime:
    """Return when a run began, by its name; now where that is no time.

    >>> began("2026-11-22T17-05-11-000000Z")
    datetime.datetime(2026, 11, 22, 17, 5, 11, tzinfo=datetime.timezone.utc)
    """
    try:
        return datetime.strptime(run[:19], "%Y-%m-%dT%H-%M-%S").replace(tzinfo=UTC)
    except ValueError:
        return datetime.now(UTC)
