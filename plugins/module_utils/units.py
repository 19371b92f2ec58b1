"""systemd's units on this host, driven by systemctl."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt

JOURNAL_LINES = 12


class DoesNotComeUp(Exception):  # noqa: N818 - what happened to the unit, not a fault of the program
    """A unit that systemd could not bring to the state that the table wants."""

    def __init__(self, unit: str, said: str) -> None:
        super().__init__(unit, said)
        self.unit = unit
        self.said = said


class Units:
    """The units of one table, and what became of them in this run."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.began = time.time()
        self.touched: list[str] = []  # in the order in which they were started or restarted
        self.restarted: list[str] = []
        self.reloaded: set[str] = set()  # and not restarted

    def see(self, names: list[str]) -> dict[str, Any]:
        return receipt.units_seen(sorted(set(names)))

    def do(self, verb: str, *names: str) -> None:
        """Run one systemctl verb; raise with systemd's own words where it fails."""
        code, out, err = self.module.run_command(["systemctl", verb, *names])
        if code:
            raise DoesNotComeUp(names[-1] if names else "systemd", (err or out).strip())

    def running(self, name: str) -> bool:
        state = self.see([name]).get(name, {}).get("ActiveState")
        return state in ("active", "reloading")

    def bring_up(self, name: str) -> None:
        """Start a unit, or restart it where it runs. A service that has a door drains through its own unit file."""
        if name not in self.touched:
            self.touched.append(name)
        self.reloaded.discard(name)
        if self.running(name):
            self.restarted.append(name)
        self.module.run_command(["systemctl", "reset-failed", name])
        if name.endswith(".socket"):
            # systemd starts no socket whose service runs already; while it listens, whoever connects starts that one.
            self.do("stop", name)
            self.do("stop", name[: -len(".socket")] + ".service")
        self.do("restart", name)

    def refresh(self, name: str) -> None:
        """Restart a unit that runs only when it is called for."""
        if self.running(name):
            self.touched.append(name)
            self.restarted.append(name)
            self.do("try-restart", name)

    def reload(self, name: str) -> None:
        if self.running(name):
            if name not in self.touched:
                self.touched.append(name)
                self.reloaded.add(name)
            self.do("reload", name)
        else:
            self.bring_up(name)

    def reload_back(self, name: str) -> None:
        """Have a unit that was only reloaded take up its old files; what it does meanwhile is not cut.

        One that refuses serves on with what it had, which are those files.
        """
        self.module.run_command(["systemctl", "reload", name])
        if not self.running(name):
            self.bring_up(name)

    def journal(self, name: str) -> list[str]:
        """Return the last lines that a unit wrote since this run began."""
        ask = ["journalctl", "--unit", name, "--since", f"@{int(self.began)}", "--no-pager", "--output", "cat"]
        _, out, _ = self.module.run_command([*ask, "--lines", str(JOURNAL_LINES)])
        lines: list[str] = out.strip().splitlines()
        return lines
