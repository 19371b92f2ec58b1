"""The chat of this host: what it says, what it sees of the network, and who may read what is secret."""

from __future__ import annotations

import http.client
import json
import pwd
import stat
import sys
from pathlib import Path
from typing import Any

from . import connection, processes, sockets, units

_KEYS = Path("/etc/llamakeep/open_webui")
_SECRET_KEY = "secret_key"  # noqa: S105 - a file's name
_LONG = 32  # characters of a key that nobody guesses
_SHORT = 8  # characters below which a password is none
_USUAL = {"administrator", "changeme", "change-me", "open-webui", "openwebui", "llamakeep", "password", "passwort"}
_PATIENCE = 10.0  # seconds
# Nobody has such an address, and the chat would make no account for it: but it asks first whether it may make one.
_NOBODY = {"name": "verify", "email": "llamakeep verify", "password": ""}


class Look:
    """One look at a chat."""

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
        told = units.Started(sys.executable, "-I", "-", address, str(port), wanted["data"], source=wanted["source"])
        exposure = units.Started("systemd-analyze", "security", "--no-pager", wanted["service"])
        status, text, error = told.result()
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


def files(paths: list[Path]) -> list[dict[str, Any]]:
    """Return owner and mode of what there is of some files.

    >>> [{"path": "/etc/llamakeep/open_webui/secret_key", "owner": "root", "mode": "0600"}]
    """
    found = []
    for path in dict.fromkeys(paths):
        try:
            seen = path.stat()
        except OSError:
            continue
        found.append({"path": str(path), "owner": _name(seen.st_uid), "mode": f"{stat.S_IMODE(seen.st_mode):04o}"})
    return found


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


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
