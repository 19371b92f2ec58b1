"""Bytes on their way to a host, as the collection's actions report them on the control node."""

import json
from pathlib import Path

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import duration, readable

from llamakeep.record import Record


class Transfer(Record):
    """One download that is under way on one host."""

    host: str
    stage: str  # "models", "archive"
    what: str  # "mistral:7b"
    done: int  # bytes
    total: int  # bytes
    rate: float = 0.0  # bytes per second
    source: str = ""

    def __str__(self) -> str:
        share = f"{100 * self.done // self.total} %" if self.total else readable(self.done)
        parts = [self.what, share]
        if self.rate > 0:
            parts.append(f"{readable(self.rate)}/s")
            if self.total:
                parts.append(f"{duration((self.total - self.done) / self.rate)} left")
        if self.source:
            parts.append(f"from {self.source}")
        return "  ".join(parts)


def under_way(folder: Path) -> dict[str, Transfer]:
    """Return what is under way for each host; a file that is being replaced is read the next time."""
    transfers: dict[str, Transfer] = {}
    for path in folder.glob("*.json"):
        try:
            transfers[path.stem] = Transfer.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    return transfers
