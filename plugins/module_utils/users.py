"""System users, and the groups that let them at the accelerators."""

from __future__ import annotations

import grp
import pwd
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal


class User:
    """One user of the table; groups that this host lacks (no driver, no `render`) are passed over."""

    path = ""
    restarts: list[str] = []
    reloads: list[str] = []
    kept: str | None = None

    def __init__(self, module: Any, item: dict[str, Any]) -> None:
        self.module = module
        self.item = item
        self.name = item["name"]
        try:
            self.seen: pwd.struct_passwd | None = pwd.getpwnam(self.name)
        except KeyError:
            self.seen = None
        self.groups = [group for group in item.get("groups", []) if self._lacks(group)]
        self.diff: list[dict[str, Any]] = []
        if self.seen is None or self.groups:
            before: dict[str, Any] = {} if self.seen is None else {"user": self.name}
            after = {"user": self.name, **({"groups": self.groups} if self.groups else {})}
            header = f"user {self.name}"
            self.diff.append({"before_header": header, "after_header": header, "before": before, "after": after})

    def _lacks(self, group: str) -> bool:
        try:
            return self.name not in grp.getgrnam(group).gr_mem
        except KeyError:
            return False

    def apply(self) -> None:
        if self.seen is None:
            about = ["--home-dir", self.item["home"], "--comment", self.item.get("comment", "")]
            kind = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
            self._do("useradd", *kind, *about, self.name)
        if self.groups:
            self._do("usermod", "--append", "--groups", ",".join(self.groups), self.name)

    def _do(self, program: str, *words: str) -> None:
        code, out, err = self.module.run_command([self.module.get_bin_path(program, required=True), *words])
        if code:
            raise Refusal(f"user {self.name}", f"{program} refused: {(err or out).strip()}", id="user-change-failed")

    def undo(self) -> None:
        """Leave it: what it owns would be left without an owner."""

    def left(self) -> dict[str, Any]:
        return {"name": self.name, "home": self.item["home"]}
