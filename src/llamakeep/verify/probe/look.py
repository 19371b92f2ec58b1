"""One look at a host that has a part to play: everything that the claims of verify are checked on."""

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

from . import chatbox, connection, door, gateway, open_webui, processes, sockets, units

_RECEIPT = Path("/var/lib/llamakeep/receipt.json")
_LAB = Path("/etc/llamakeep-lab.json")
_NOBODYS_PATIENCE = 2.0  # seconds; on loopback an answer comes at once or never
_PRINTERS = {515, *range(9100, 9108)}  # raw bytes sent there end up on paper


class Look:
    """The evidence of one host, gathered part by part; a part that fails leaves its reason instead."""

    def __init__(self, request: dict[str, Any]) -> None:
        """Take the request: units, the receipt's source, and by service what is to be looked at."""
        self.request = request
        self.asked: dict[str, dict[str, Any]] = request["services"]
        self.services: dict[str, Any] = {}
        self.evidence: dict[str, Any] = {"failures": {}, "services": self.services}
        self.secrets: list[str] = []

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
        """Look; slow programs run while the model is asked, so that its engine is up when the ports are tried."""
        wanted, asked = self.request, self.asked
        verb = ("look", "--deep") if wanted["deep"] else ("look",)
        receipt = units.Started(sys.executable, "-", *verb, source=wanted["receipt_source"])
        table = (
            units.Started("nft", "-s", "list", "table", *asked["firewall"]["table"].split())
            if "firewall" in asked
            else None
        )
        shown = self.part("units", lambda: units.shown(units.start_show(wanted["units"]).result()[1])) or {}
        self.part("lab", lambda: json.loads(_LAB.read_text()) if _LAB.exists() else None)
        everyone = self._ollama(asked["ollama"], shown) if "ollama" in asked else processes.everyone()
        self.part("host_namespace", lambda: str(Path("/proc/1/ns/net").readlink()))
        if "listeners" not in self.evidence:
            self.part("listeners", lambda: _owned(everyone))
            self.part("addresses", sockets.global_v6)
        if "open_webui" in asked:
            self._open_webui(asked["open_webui"], everyone, shown)
        if "gateway" in asked:
            reader = _pid(shown, asked["gateway"]["reader"])
            self.part("gateway", lambda: gateway.look(asked["gateway"], reader), self.services)
        if "chatbox" in asked:
            self.part("chatbox", lambda: chatbox.look(asked["chatbox"]), self.services)
        if table is not None:
            self.part("firewall", lambda: {"table": _table(table)}, self.services)
        self.part("receipt_file", _receipt_file)
        self.part("receipt", lambda: _json_of(receipt))
        return self.evidence

    def _ollama(self, wanted: dict[str, Any], shown: dict[str, Any]) -> list[processes.Process]:
        """Look at the server of models; return the processes that there were meanwhile."""
        service = wanted["service"]
        exposure = units.Started("systemd-analyze", "security", "--no-pager", service)
        journal = units.Started("journalctl", "-u", service, "-n", "12", "--no-pager", "-o", "cat")
        found: dict[str, Any] = {}
        self.services["ollama"] = found
        address, port = wanted["door"]
        self.part("api", lambda: door.look(address, port, wanted["foreign_host"]), found)
        self.part("answer", lambda: _answer(wanted, (found["api"] or {}).get("models", [])), found)
        self.part("loaded", lambda: door.loaded(address, port), found)
        everyone = self._network(wanted, found, _pid(shown, service))
        self.part("exposure", lambda: units.exposure(exposure.result()[1]), found)
        found["journal"] = units.without_secrets(journal.result()[1], self.secrets)
        return everyone

    def _open_webui(self, wanted: dict[str, Any], everyone: list[processes.Process], shown: dict[str, Any]) -> None:
        own = [process for process in everyone if process.unit == wanted["service"]]
        journal = units.Started("journalctl", "-u", wanted["service"], "-n", "12", "--no-pager", "-o", "cat")
        look = open_webui.Look(wanted, own, _pid(shown, wanted["service"]))
        found = self.part("open_webui", look.all, self.services)
        if found is not None:
            found["journal"] = units.without_secrets(journal.result()[1], look.secrets)

    def _network(self, wanted: dict[str, Any], found: dict[str, Any], pid: int) -> list[processes.Process]:
        """Who listens where, inside and outside, and what a local user can reach of it."""
        everyone = processes.everyone()
        own = [process for process in everyone if process.unit == wanted["service"]]
        inside = self.part("inside", lambda: sockets.of_service(pid), found)
        main = next((process for process in own if process.pid == pid), None)
        self.part("environment", lambda: self._environment(wanted, main) if main else None, found)
        self.part("processes", lambda: processes.named(own), found)
        outside = self.part("listeners", lambda: _owned(everyone)) or []
        self.part("addresses", sockets.global_v6)
        self.part("door", lambda: _at_its_door(wanted), found)
        self.part("nobody", lambda: _as_nobody(outside, (inside or {}).get("listeners", [])), found)
        return everyone

    def _environment(self, wanted: dict[str, Any], main: processes.Process) -> dict[str, str]:
        """Return the server's variables: the plain ones as they are, of the others only a salted hash."""
        values = processes.environment(main)
        plain, nonce = set(wanted["plain"]), wanted["nonce"]
        self.secrets = units.secrets({name: value for name, value in values.items() if name not in plain})
        return {
            name: value if name in plain else hashlib.sha256((nonce + value).encode()).hexdigest()
            for name, value in values.items()
            if name in plain or name in wanted["private"]
        }


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Look at this host and return the evidence."""
    if os.geteuid() != 0:
        return {"failures": {"root": "not root on the host, and sudo was not used"}}
    return Look(request).all()


def _pid(shown: dict[str, Any], unit: str) -> int:
    """Return the main process of a unit; 0 where it has none."""
    return int((shown.get(unit) or {}).get("pid") or 0)


def _answer(wanted: dict[str, Any], models: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Ask the first wanted model that can chat, in the order of the request."""
    address, port = wanted["door"]
    chatty = {model["name"] for model in models if _chats(model["capabilities"])}
    for entry in wanted["questions"]:
        if entry["model"] in chatty:
            return door.ask(address, port, entry["model"], entry["question"], entry["tokens"], wanted["patience"])
    return None


def _at_its_door(wanted: dict[str, Any]) -> list[dict[str, Any]]:
    doors = [(address, wanted["door"][1], True) for address in wanted["door_addresses"]]
    return connection.try_all(doors, _NOBODYS_PATIENCE, wanted["hearing"])


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
    """Try as the user nobody every loopback port that anything on this host listens on, sealed or not."""
    shy = _PRINTERS | {entry["port"] for entry in outside if "sshd" in entry["programs"]}
    ports = {entry["port"] for entry in outside} | {entry["port"] for entry in inside}
    doors = [(address, port, True) for port in sorted(ports - shy) for address in ("127.0.0.1", "::1")]
    nobody = pwd.getpwnam("nobody")
    found: list[dict[str, Any]] = processes.as_user(
        nobody.pw_uid, nobody.pw_gid, lambda: connection.try_all(doors, _NOBODYS_PATIENCE, _NOBODYS_PATIENCE)
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
