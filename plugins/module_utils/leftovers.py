"""What a role left on this host in an earlier run, and its table no longer lists."""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt
from ansible_collections.llamakeep.fleet.plugins.module_utils.units import Units


class Leftovers:
    """Leftovers of one role. What another role lists too stays; so do users, and files that were edited since."""

    def __init__(self, role: str, table: dict[str, Any]) -> None:
        everything = (receipt.read() or {"roles": {}})["roles"]
        self.before = everything.get(role, {})
        others = [left for name, left in everything.items() if name != role]
        self.units = self._gone("units", "name", table, others)
        self.links = [link for link in self._gone("links", "path", table, others) if self._leads_as_left(link)]
        self.folders = [item for item in self._gone("folders", "path", table, others) if os.path.isdir(item["path"])]
        files = [file for file in self._gone("files", "path", table, others) if os.path.isfile(file["path"])]
        # A secret that is wanted no longer goes, whoever wrote it last: no hash says.
        self.files = [file for file in files if receipt.file_hash(file["path"]) == file.get("sha256", "")]
        self.files += [file for file in files if "sha256" not in file]
        self.edited = [file["path"] for file in files if file not in self.files]

    def _gone(self, part: str, key: str, table: dict[str, Any], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
        listed = {item[key] for owner in [table, *others] for item in owner.get(part) or []}
        return [item for item in self.before.get(part, []) if item[key] not in listed]

    @staticmethod
    def _leads_as_left(link: dict[str, Any]) -> bool:
        return os.path.islink(link["path"]) and os.readlink(link["path"]) == link["to"]

    def names(self) -> list[str]:
        return [unit["name"] for unit in self.units] + [item["path"] for item in self.files + self.links]

    def diff(self) -> list[dict[str, Any]]:
        headers = [{"before_header": name, "after_header": "/dev/null"} for name in self.names()]
        return [{**header, "before": "managed\n", "after": ""} for header in headers]

    def stop(self, units: Units) -> None:
        """Stop the units before anything else takes their place."""
        for name, seen in units.see([unit["name"] for unit in self.units]).items():
            if seen["LoadState"] != "not-found":
                units.do("disable", "--now", name)

    def start(self, units: Units) -> None:
        """Have them run again: the run that would have taken them away failed."""
        for unit in self.units:
            if unit["state"] == "started":
                units.module.run_command(["systemctl", "start", unit["name"]])
            if unit["enabled"]:
                units.module.run_command(["systemctl", "enable", unit["name"]])

    def take_away(self) -> None:
        for item in self.files + self.links:
            os.unlink(item["path"])
        for folder in sorted(self.folders, key=lambda item: item["path"], reverse=True):
            if not os.listdir(folder["path"]):
                os.rmdir(folder["path"])
