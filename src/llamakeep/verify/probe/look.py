"""One look at a host that has a part to play: everything that the claims of verify are judged on."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import pwd
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import chat, desktop, door, gateway, knock, processes, sockets, units

_RECEIPT = Path("/var/lib/llamakeep/receipt.json")
_LAB = Path("/etc/llamakeep-lab.json")
_NOBODYS_PATIENCE = 2.0  # seconds; on loopback an answer comes at once or never
_PRINTERS = {515, *range(9100, 9108)}  # raw bytes sent there end up on paper


class Look:
    """The evidence of one host, gathered part by part; a part that fails leaves its reason instead."""

    def __init__(self, request: dict[str, Any]) -> None:
        """Take the request: units, addresses and port of the door, models by size, the receipt's source."""
        self.request = request
        self.evidence: dict[str, Any] = {"failures": {}}
        self.secrets: list[str] = []

    def part(self, name: str, work: Callable[[], Any]) -> Any:
        """Keep one part's result, or why there is none."""
        try:
            self.evidence[name] = work()
        except (OSError, ValueError, LookupError, TypeError, http.client.HTTPException) as error:
            self.evidence[name] = None
            kind = "" if isinstance(error, OSError) else f"{type(error).__name__}: "
            self.evidence["failures"][name] = f"{kind}{error}"
        return self.evidence[name]

    def all(self) -> dict[str, Any]:
        """Look; slow programs run while the model is asked, so that its engine is up when the ports are tried."""
        wanted = self.request
        verb = ("look", "--deep") if wanted["deep"] else ("look",)
        receipt = units.Started(sys.executable, "-", *verb, source=wanted["receipt_source"])
        table = units.Started("nft", "-s", "list", "table", *wanted["table"].split())
        shown = self.part("units", lambda: units.shown(units.start_show(wanted["units"]).result()[1])) or {}
        self.part("lab", lambda: json.loads(_LAB.read_text()) if _LAB.exists() else None)
        everyone: list[processes.Process] | None = None
        if "service" in wanted:
            everyone = self._models(shown)
        everyone = everyone or processes.everyone()
        self.part("host_namespace", lambda: str(Path("/proc/1/ns/net").readlink()))
        if "listeners" not in self.evidence:
            self.part("listeners", lambda: _owned(everyone))
            self.part("addresses", sockets.global_v6)
        if "chat" in wanted:
            self._chat(everyone, int((shown.get(wanted["chat"]["service"]) or {}).get("pid") or 0))
        if "gateway" in wanted:
            pid = int((shown.get(wanted["gateway"]["reader"]) or {}).get("pid") or 0)
            self.part("gateway", lambda: gateway.look(wanted["gateway"], pid))
        if "desktop" in wanted:
            self.part("desktop", lambda: desktop.look(wanted["desktop"]))
        self.part("table", lambda: _table(table))
        self.part("receipt_file", _receipt_file)
        self.part("receipt", lambda: _json_of(receipt))
        return self.evidence

    def _models(self, shown: dict[str, Any]) -> list[processes.Process]:
        """Look at the server of models; return the processes that there were meanwhile."""
        service = self.request["service"]
        exposure = units.Started("systemd-analyze", "security", "--no-pager", service)
        journal = units.Started("journalctl", "-u", service, "-n", "12", "--no-pager", "-o", "cat")
        self.part("api", self._api)
        self.part("answer", self._answer)
        self.part("loaded", lambda: door.loaded(*self.request["door"]))
        everyone = self._network(int((shown.get(service) or {}).get("pid") or 0))
        self.part("exposure", lambda: units.exposure(exposure.result()[1]))
        self.evidence["journal"] = units.without_secrets(journal.result()[1], self.secrets)
        return everyone

    def _chat(self, everyone: list[processes.Process], pid: int) -> None:
        wanted = self.request["chat"]
        own = [process for process in everyone if process.unit == wanted["service"]]
        journal = units.Started("journalctl", "-u", wanted["service"], "-n", "12", "--no-pager", "-o", "cat")
        look = chat.Look(wanted, own, pid)
        self.part("chat", look.all)
        self.evidence["chat_journal"] = units.without_secrets(journal.result()[1], look.secrets)

    def _api(self) -> dict[str, Any]:
        address, port = self.request["door"]
        return door.look(address, port, self.request["foreign_host"])

    def _answer(self) -> dict[str, Any] | None:
        """Ask the first wanted model that can chat, in the order of the request."""
        address, port = self.request["door"]
        chatty = {m["name"] for m in (self.evidence["api"] or {}).get("models", []) if _chats(m["capabilities"])}
        for entry in self.request["questions"]:
            if entry["model"] in chatty:
                return door.ask(
                    address, port, entry["model"], entry["question"], entry["tokens"], self.request["patience"]
                )
        return None

    def _network(self, pid: int) -> list[processes.Process]:
        """Who listens where, inside and outside, and what a local user can reach of it."""
        everyone = processes.everyone()
        own = [process for process in everyone if process.unit == self.request["service"]]
        inside = self.part("inside", lambda: sockets.of_service(pid))
        main = next((process for process in own if process.pid == pid), None)
        self.part("environment", lambda: self._environment(main) if main else None)
        self.part("processes", lambda: processes.named(own))
        outside = self.part("listeners", lambda: _owned(everyone)) or []
        self.part("addresses", sockets.global_v6)
        self.part("door_knocks", self._door_knocks)
        self.part("nobody", lambda: _as_nobody(outside, (inside or {}).get("listeners", [])))
        return everyone

    def _door_knocks(self) -> list[dict[str, Any]]:
        doors = [(address, self.request["door"][1], True) for address in self.request["door_addresses"]]
        return knock.knock_all(doors, _NOBODYS_PATIENCE, self.request["hearing"])

    def _environment(self, main: processes.Process) -> dict[str, str]:
        """Return the server's variables: the plain ones as they are, of the others only a salted hash."""
        values = processes.environment(main)
        plain, nonce = set(self.request["plain"]), self.request["nonce"]
        self.secrets = units.secrets({name: value for name, value in values.items() if name not in plain})
        return {
            name: value if name in plain else hashlib.sha256((nonce + value).encode()).hexdigest()
            for name, value in values.items()
            if name in plain or name in self.request["private"]
        }


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Look at this host and return the evidence."""
    if os.geteuid() != 0:
        return {"failures": {"root": "not root on the host, and sudo was not used"}}
    return Look(request).all()


def _chats(capabilities: list[str]) -> bool:
    return not capabilities or "completion" in capabilities


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


def _as_nobody(outside: list[dict[str, Any]], inside: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Knock as the user nobody at every loopback port that anything on this host listens on, sealed or not."""
    shy = _PRINTERS | {entry["port"] for entry in outside if "sshd" in entry["programs"]}
    ports = {entry["port"] for entry in outside} | {entry["port"] for entry in inside}
    doors = [(address, port, True) for port in sorted(ports - shy) for address in ("127.0.0.1", "::1")]
    nobody = pwd.getpwnam("nobody")
    found: list[dict[str, Any]] = processes.as_user(
        nobody.pw_uid, nobody.pw_gid, lambda: knock.knock_all(doors, _NOBODYS_PATIENCE, _NOBODYS_PATIENCE)
    )
    return found


def _table(listed: units.Started) -> dict[str, Any]:
    status, text, error = listed.result()
    return {"loaded": status == 0, "detail": error, "rules": len(text.splitlines())}


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
