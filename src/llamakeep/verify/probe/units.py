"""What systemd says of units: state, drop-ins, exposure, and the journal's last lines without secrets."""

from __future__ import annotations

import re
import subprocess
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils import systemd
from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import (
    SECRET_IN_QUERY,
    USER_IN_URL,
    without_passwords,
)

_PROPERTIES = "Id,LoadState,ActiveState,UnitFileState,MainPID,PrivateNetwork,NeedDaemonReload,DropInPaths"
_PUBLIC = {"PATH", "HOME", "LANG", "USER", "LOGNAME", "SHELL", "PWD"}  # and whatever systemd itself sets
_SYSTEMS = ("SYSTEMD_", "MEMORY_PRESSURE_", "INVOCATION_ID", "JOURNAL_STREAM", "NOTIFY_SOCKET", "LC_")
_EXPOSURE = re.compile(r"Overall exposure level for \S+: ([0-9.]+)")


class Started:
    """A command that runs while the rest of the look goes on."""

    def __init__(self, *command: str, source: str = "") -> None:
        """Start it; a program that is not there is an answer like any other."""
        self.process: subprocess.Popen[str] | None = None
        self.error = ""
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
            )
        except OSError as error:
            self.error = f"{command[0]}: {error.strerror}"
        self.source = source

    def result(self) -> tuple[int, str, str]:
        """Wait for its end; return exit status, output and error text."""
        if self.process is None:
            return 127, "", self.error
        out, err = self.process.communicate(self.source)
        return self.process.returncode, out, err.strip()


def start_show(units: list[str]) -> Started:
    """Ask systemd for all units in one call."""
    return Started("systemctl", "show", "--no-pager", f"--property={_PROPERTIES}", *units)


def shown(text: str) -> dict[str, dict[str, Any]]:
    """Parse `systemctl show` of several units.

    >>> {"ollama.service": {"load": "loaded", "active": "active", "enabled": "enabled", "pid": 145,
    ...  "private_network": True, "stale": False, "drop_ins": []}}
    """
    return {
        name: {
            "load": values.get("LoadState", ""),
            "active": values.get("ActiveState", ""),
            "enabled": values.get("UnitFileState", ""),
            "pid": int(values.get("MainPID") or 0),
            "private_network": values.get("PrivateNetwork") == "yes",
            "stale": values.get("NeedDaemonReload") == "yes",
            "drop_ins": values.get("DropInPaths", "").split(),
        }
        for name, values in systemd.shown(text).items()
    }


def exposure(text: str) -> float | None:
    """Return the overall figure of `systemd-analyze security UNIT`.

    >>> 1.2
    """
    match = _EXPOSURE.search(text)
    return float(match.group(1)) if match else None


def secrets(variables: dict[str, str]) -> list[str]:
    """Return what must not be shown of a service's variables: long values, and secrets inside URLs.

    >>> ["http://kit:sample@proxy.example:3128", "sample"]
    """
    found = []
    for name, value in variables.items():
        if name not in _PUBLIC and not name.startswith(_SYSTEMS):
            found += [value] if len(value) > 5 else []
            for user in USER_IN_URL.findall(value):
                found.append(user.partition(":")[2] or user)
            found += [secret for _, secret in SECRET_IN_QUERY.findall(value)]
    return found


def without_secrets(text: str, private: list[str]) -> list[str]:
    """Return journal lines that may be shown: no debug lines, no settings map, no value of a private variable."""
    kept = []
    for line in text.splitlines():
        if "level=DEBUG" in line or "level=TRACE" in line:
            continue
        line = re.sub(r"env=\"?map\[.*", "env=(not shown)", line)
        for secret in sorted(private, key=len, reverse=True):
            line = line.replace(secret, "•••")
        line = without_passwords(line)
        kept.append("".join(character if character.isprintable() else "\ufffd" for character in line[:300]))
    return kept
