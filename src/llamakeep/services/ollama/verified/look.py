"""What is looked at of the server of models on its host: the server, its network, and who can reach it."""

from __future__ import annotations

import hashlib
import pwd
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from llamakeep.services.ollama.verified import api, managing
from llamakeep.verify.probe import connection, processes, sockets, units

if TYPE_CHECKING:
    from llamakeep.verify.probe.look import Look

_NOBODYS_PATIENCE = 2.0  # seconds; on loopback an answer comes at once or never
_PRINTERS = {515, *range(9100, 9108)}  # raw bytes sent there end up on paper


def look(host: Look, wanted: dict[str, Any]) -> Iterator[None]:
    """Look at the server; a model is asked first, so that its engine is up when the ports are tried."""
    service = wanted["service"]
    exposure = units.Started("systemd-analyze", "security", "--no-pager", service)
    journal = units.Started("journalctl", "-u", service, "-n", "12", "--no-pager", "-o", "cat")
    yield
    found: dict[str, Any] = {}
    host.services["ollama"] = found
    address, port = wanted["door"]
    host.part("api", lambda: api.look(address, port, wanted["foreign_host"]), found)
    host.part("answer", lambda: _answer(wanted, (found["api"] or {}).get("models", [])), found)
    host.part("loaded", lambda: api.loaded(address, port), found)
    private = _network(host, wanted, found)
    host.part("exposure", lambda: units.exposure(exposure.result()[1]), found)
    found["journal"] = units.without_secrets(journal.result()[1], private)


def _network(host: Look, wanted: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """See who listens where, inside and outside, and what a local user reaches of it; return what is to be hidden."""
    own, pid = host.processes_of(wanted["service"]), host.pid(wanted["service"])
    inside = host.part("inside", lambda: sockets.of_service(pid), found)
    main = next((process for process in own if process.pid == pid), None)
    private: list[str] = []
    host.part("environment", lambda: _environment(wanted, main, private) if main else None, found)
    host.part("processes", lambda: processes.named(own), found)
    host.part("door", lambda: _at_its_door(wanted), found)
    host.part("nobody", lambda: _as_nobody(host.listeners(), (inside or {}).get("listeners", [])), found)
    _managing(host, wanted, found)
    return private


def _managing(host: Look, wanted: dict[str, Any], found: dict[str, Any]) -> None:
    """See who can manage models, and where."""
    (asking, port), (address, own) = wanted["door"], wanted["manage"]
    host.part("managing", lambda: managing.attempts(asking, port, wanted["nonce"]), found)
    doors = [(address, own, True)]
    host.part("manage", lambda: connection.try_all(doors, _NOBODYS_PATIENCE, wanted["hearing"]), found)


def _environment(wanted: dict[str, Any], main: processes.Process, private: list[str]) -> dict[str, str]:
    """Return the server's variables: the plain ones as they are, of the others only a salted hash.

    What of them must never be shown is added to `private`.
    """
    values = processes.environment(main)
    plain, nonce = set(wanted["plain"]), wanted["nonce"]
    private += units.secrets({name: value for name, value in values.items() if name not in plain})
    return {
        name: value if name in plain else hashlib.sha256((nonce + value).encode()).hexdigest()
        for name, value in values.items()
        if name in plain or name in wanted["private"]
    }


def _answer(wanted: dict[str, Any], models: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Ask the first wanted model that can chat, in the order of the request."""
    address, port = wanted["door"]
    chatty = {model["name"] for model in models if _chats(model["capabilities"])}
    for entry in wanted["questions"]:
        if entry["model"] in chatty:
            return api.ask(address, port, entry["model"], entry["question"], entry["tokens"], wanted["patience"])
    return None


def _at_its_door(wanted: dict[str, Any]) -> list[dict[str, Any]]:
    doors = [(address, wanted["door"][1], True) for address in wanted["door_addresses"]]
    return connection.try_all(doors, _NOBODYS_PATIENCE, wanted["hearing"])


def _chats(capabilities: list[str]) -> bool:
    return not capabilities or "completion" in capabilities


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
