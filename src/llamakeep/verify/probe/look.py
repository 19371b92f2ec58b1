"""One look at a host that has a part to play: everything that the claims of verify are checked on."""

from __future__ import annotations

import http.client
import importlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from llamakeep.verify.probe import processes, sockets, units

_RECEIPT = Path("/var/lib/llamakeep/receipt.json")
_LAB = Path("/etc/llamakeep-lab.json")


class Look:
    """The evidence of one host, gathered part by part; a part that fails leaves its reason instead."""

    def __init__(self, request: dict[str, Any]) -> None:
        """Take the request: units, the receipt's source, and by service what is to be looked at."""
        self.request = request
        self.services: dict[str, Any] = {}
        self.evidence: dict[str, Any] = {"failures": {}, "services": self.services}

    def part(self, name: str, work: Callable[[], Any], into: dict[str, Any] | None = None) -> Any:
        """Keep one part's result, or why there is none; `into` is what it is a part of, otherwise the host."""
        whole = self.evidence if into is None else into
        try:
            whole[name] = work()
        except (OSError, ValueError, LookupError, TypeError, http.client.HTTPException) as error:
            whole[name] = None
            kind = "" if isinstance(error, OSError) else f"{type(error).__name__}: "
            self.evidence["failures"][name] = f"{kind}{error}"
        return whole[name]

    def all(self) -> dict[str, Any]:
        """Look; programs that take their time run meanwhile."""
        verb = ("look", "--deep") if self.request["deep"] else ("look",)
        receipt = units.Started(sys.executable, "-", *verb, source=self.request["receipt_source"])
        looks = [_begun(self, name, wanted) for name, wanted in self.request["services"].items()]
        self.part("units", lambda: units.shown(units.start_show(self.request["units"]).result()[1]))
        self.part("lab", lambda: json.loads(_LAB.read_text()) if _LAB.exists() else None)
        for look in looks:
            next(look, None)
        self.part("host_namespace", lambda: str(Path("/proc/1/ns/net").readlink()))
        self.listeners()
        self.part("addresses", sockets.global_v6)
        self.part("receipt_file", _receipt_file)
        self.part("receipt", lambda: _json_of(receipt))
        return self.evidence

    @cached_property
    def everyone(self) -> list[processes.Process]:
        """The processes of the host, as they were when somebody first asked for them."""
        return processes.everyone()

    def processes_of(self, unit: str) -> list[processes.Process]:
        """Return the processes of a unit."""
        return [process for process in self.everyone if process.unit == unit]

    def pid(self, unit: str) -> int:
        """Return the main process of a unit; 0 where it has none."""
        shown = self.evidence["units"] or {}
        return int((shown.get(unit) or {}).get("pid") or 0)

    def listeners(self) -> list[dict[str, Any]]:
        """Return who listens in the host's own network; looked up once."""
        if "listeners" not in self.evidence:
            self.part("listeners", lambda: _owned(self.everyone))
        return self.evidence["listeners"] or []


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Look at this host and return the evidence."""
    if os.geteuid() != 0:
        return {"failures": {"root": "not root on the host, and sudo was not used"}}
    return Look(request).all()


def _begun(host: Look, service: str, wanted: dict[str, Any]) -> Iterator[None]:
    """Start what a service's look has to wait for; the rest of it comes with the next step."""
    look: Iterator[None] = importlib.import_module(f"llamakeep.services.{service}.verified.look").look(host, wanted)
    next(look)
    return look


def _owned(everyone: list[processes.Process]) -> list[dict[str, Any]]:
    """Return every listener of the host's own network with the processes that hold it.

    >>> [{"address": "127.0.0.1", "port": 11434, "programs": ["systemd"], "pids": [1], "units": ["init.scope"]}]
    """
    listeners = sockets.seen_by("self")["listeners"]
    held = processes.sockets(everyone, {entry["inode"] for entry in listeners})
    found = []
    for entry in listeners:
        owners = [process for process in everyone if entry["inode"] in held.get(process.pid, [])]
        found.append(
            {
                "address": entry["address"],
                "port": entry["port"],
                "programs": sorted({owner.program for owner in owners}),
                "pids": sorted(owner.pid for owner in owners),
                "units": sorted({owner.unit for owner in owners}),
            }
        )
    return found


def _receipt_file() -> dict[str, Any] | None:
    try:
        seen = _RECEIPT.stat()
    except FileNotFoundError:
        return None
    return {"owner": seen.st_uid, "group": seen.st_gid, "mode": f"{stat.S_IMODE(seen.st_mode):04o}"}


def _json_of(receipt: units.Started) -> dict[str, Any]:
    status, text, error = receipt.result()
    if status != 0:
        raise ValueError(error.splitlines()[-1] if error else f"exit status {status}")
    value: dict[str, Any] = json.loads(text)
    return value
