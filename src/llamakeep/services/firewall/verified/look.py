"""What is looked at of the firewall on a host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from llamakeep.verify.probe import units

if TYPE_CHECKING:
    from llamakeep.verify.probe.look import Look


def look(host: Look, wanted: dict[str, Any]) -> Iterator[None]:
    """List the table that the kernel has in force."""
    listed = units.Started("nft", "-s", "list", "table", *wanted["table"].split())
    yield
    host.part("firewall", lambda: {"table": _table(listed)}, host.services)


def _table(listed: units.Started) -> dict[str, Any]:
    status, text, error = listed.result()
    return {"loaded": status == 0, "detail": error, "rules": len(text.splitlines())}
