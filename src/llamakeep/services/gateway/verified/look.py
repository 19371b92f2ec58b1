"""The gateway of this host: what it says, how a caller finds it, and what its log keeps of that."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamakeep.verify.probe import caller, sockets, units
from llamakeep.verify.probe.files import files

if TYPE_CHECKING:
    from llamakeep.verify.probe.look import Look

_FOLDER = Path("/etc/llamakeep/gateway")
_SECRET = ("certificate.pem", "acme.pem", "keys.map", "until.map")
_LINES = "400"
_WRITTEN = 0.5  # seconds after which the journal has a line


def look(host: Look, wanted: dict[str, Any]) -> Iterator[None]:
    """Look at the gateway, and call it once."""
    yield
    host.part("gateway", lambda: _all(wanted, host.pid(wanted["reader"])), host.services)


def _all(wanted: dict[str, Any], reader: int) -> dict[str, Any]:
    """Return everything; a stopped gateway is not called, for that would start it."""
    words = [wanted["door"][0], str(wanted["door"][1]), wanted["domain"], str(wanted["metrics_port"])]
    status, text, error = units.Started(sys.executable, "-I", "-", *words, source=wanted["source"]).result()
    if status != 0:
        raise ValueError(error.splitlines()[-1] if error else f"exit status {status}")
    said = json.loads(text)
    call = {"caller": "the host itself", **caller.Call(wanted["call"]).all()} if said["answers"] else None
    return {
        "seen": {
            "answers": said["answers"],
            "version": said["version"],
            "certificate": said["certificate"],
            "keys": said["keys"] or [],
            "backends": said["backends"],
        },
        "chats": said["chats"],
        "reader": sockets.of_service(reader),
        "calls": [call] if call else [],
        "key_in_log": _key_in_log(wanted["units"], wanted["call"]["nonce"]) if call else None,
        "files": files([_FOLDER, *(_FOLDER / name for name in _SECRET)]),
    }


def _key_in_log(service: list[str], nonce: str) -> bool | None:
    """Return whether what was asked just now stands in the log; None: there is no log to read."""
    time.sleep(_WRITTEN)
    words = [word for unit in service for word in ("-u", unit)]
    status, text, _ = units.Started("journalctl", *words, "-n", _LINES, "--no-pager", "-o", "cat").result()
    return nonce in text if status == 0 and "status=401" in text else None
