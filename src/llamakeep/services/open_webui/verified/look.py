"""What is looked at of a chat on its host: what it says, its network, and who may read what is secret."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamakeep.verify.probe import connection, processes, sockets, units
from llamakeep.verify.probe.files import files

if TYPE_CHECKING:
    from llamakeep.verify.probe.look import Look

_KEYS = Path("/etc/llamakeep/open_webui")
_SECRET_KEY = "secret_key"  # noqa: S105 - a file's name
_LONG = 32  # characters of a key that nobody guesses
_SHORT = 8  # characters below which a password is none
_USUAL = {"administrator", "changeme", "change-me", "open-webui", "openwebui", "llamakeep", "password", "passwort"}
_PATIENCE = 10.0  # seconds
# Nobody has such an address, and the chat would make no account for it: but it asks first whether it may make one.
_NOBODY = {"name": "verify", "email": "llamakeep verify", "password": ""}


def look(host: Look, wanted: dict[str, Any]) -> Iterator[None]:
    """Look at the chat, and read what it last wrote into the journal."""
    journal = units.Started("journalctl", "-u", wanted["service"], "-n", "12", "--no-pager", "-o", "cat")
    yield
    chat = Chat(wanted, host.processes_of(wanted["service"]), host.pid(wanted["service"]))
    found = host.part("open_webui", chat.all, host.services)
    if found is not None:
        found["journal"] = units.without_secrets(journal.result()[1], chat.secrets)


class Chat:
    """The chat as one sees it on its host."""

    def __init__(self, request: dict[str, Any], own: list[processes.Process], pid: int) -> None:
        """Take the request, the processes of the chat's unit, and which of them is the main one."""
        self.request = request
        self.own = own
        self.main = next((process for process in own if process.pid == pid), None)
        self.secrets: list[str] = []

    def all(self) -> dict[str, Any]:
        """Return everything; a stopped chat is not called, for that would start it."""
        wanted = self.request
        address, port = wanted["door"]
        program = units.Started(sys.executable, "-I", "-", address, str(port), wanted["data"], source=wanted["source"])
        exposure = units.Started("systemd-analyze", "security", "--no-pager", wanted["service"])
        status, text, error = program.result()
        if status != 0:
            raise ValueError(error.splitlines()[-1] if error else f"exit status {status}")
        said = json.loads(text)
        users = said.get("users")
        return {
            "seen": {
                "answers": said["answers"],
                "version": said.get("version"),
                "sign_up": said.get("sign_up"),
                "users": None if users is None else [email for email, _ in users],
                "admins": None if users is None else sum(role == "admin" for _, role in users),
            },
            "users": None if users is None else [{"email": email, "role": role} for email, role in users],
            "inside": sockets.of_service(self.main.pid if self.main else 0),
            "processes": processes.named(self.own),
            "exposure": units.exposure(exposure.result()[1]),
            "environment": self._environment(self.main) if self.main else {},
            "files": files([*sorted(_KEYS.glob("*")), _KEYS, Path(wanted["data"]), Path(wanted["data"]) / "webui.db"]),
            "weak": weak(),
            "sign_up": self._sign_up() if said["answers"] else 0,
        }

    def _environment(self, main: processes.Process) -> dict[str, str]:
        """Return the settings of the running chat that may be shown."""
        values = processes.environment(main)
        plain = set(self.request["plain"])
        self.secrets = units.secrets({name: value for name, value in values.items() if name not in plain})
        return {name: value for name, value in values.items() if name in plain}

    def _sign_up(self) -> int:
        address, port = self.request["door"]
        try:
            return connection.send(address, port, "POST", "/api/v1/auths/signup", _PATIENCE, body=_NOBODY)[0]
        except (OSError, http.client.HTTPException):
            return 0


def weak() -> list[str]:
    """Return which secret is none, without saying what it is."""
    found = []
    key = _text(_KEYS / _SECRET_KEY)
    if key is None or len(key) < _LONG:
        length = "is missing" if key is None else f"has {len(key)} characters"
        found.append(f"the key that signs sessions {length}")
    password = _text(_KEYS / "admin_password")
    if password is not None and (len(password) < _SHORT or password.lower() in _USUAL):
        found.append("the first administrator's password is one of those that are tried first")
    return found


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
