"""How a host differs from one role's table, and what would have to happen for it not to."""

from __future__ import annotations

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt
from ansible_collections.llamakeep.fleet.plugins.module_utils.files import Entry, File, Folder, Foreign, Link
from ansible_collections.llamakeep.fleet.plugins.module_utils.leftovers import Leftovers
from ansible_collections.llamakeep.fleet.plugins.module_utils.silent import silent
from ansible_collections.llamakeep.fleet.plugins.module_utils.users import User

UNIT_FOLDERS = ("/etc/systemd/", "/run/systemd/")


class Difference:
    """One look at the host. `entries` are the users and paths that differ, in the order in which they are applied."""

    def __init__(self, module: Any, role: str, table: dict[str, Any]) -> None:
        self.module = module
        self.role = role
        self.table = table
        self.leftovers = Leftovers(role, table)
        self.seen = receipt.units_seen([unit["name"] for unit in self.part("units")])
        self.every: list[Entry | User] = [User(module, item) for item in self.part("users")]
        self.every += self._paths("folders", Folder)
        self.every += [*self._foreign(), *self._paths("files", File), *self._paths("links", Link)]
        self.entries = [entry for entry in self.every if entry.diff]
        self.wrong_tables = [table for table in self.part("tables") if self._is_wrong(table)]
        self.renewed = self._renewed()
        # Whether such a unit runs as its files say is known to nobody: it is read anew, and restarted.
        self.stale = [name for name, seen in self.seen.items() if seen.get("NeedDaemonReload") == "yes"]
        self.silent = self._silent()

    def part(self, name: str) -> list[dict[str, Any]]:
        return self.table.get(name) or []

    def _paths(self, name: str, entry: type[Entry]) -> list[Entry]:
        ours = {item["path"] for item in self.leftovers.before.get(name, [])}
        return [entry(self.module, item, item["path"] in ours) for item in self.part(name)]

    def _foreign(self) -> list[Foreign]:
        """Return the drop-ins that someone laid over our units."""
        ours = {item["path"] for item in self.part("files")}
        return [
            Foreign(self.module, {"path": path, "restarts": [name]}, ours=False)
            for name, seen in self.seen.items()
            for path in receipt.foreign_drop_ins(seen, ours)
        ]

    def _is_wrong(self, table: dict[str, Any]) -> bool:
        left = {item["name"]: item["sha256"] for item in self.leftovers.before.get("tables", [])}
        now = receipt.table_hash(table["name"])
        return now is None or now != left.get(table["name"])

    def _renewed(self) -> list[Link]:
        """Return the links whose release was brought anew since what runs was started; they lead where they led."""
        before = {link["path"]: link.get("release") for link in self.leftovers.before.get("links", [])}
        links = [entry for entry in self.every if isinstance(entry, Link) and not entry.diff and before.get(entry.path)]
        return [link for link in links if before[link.path] != receipt.release_hash(link.path)]

    def _silent(self) -> dict[str, str]:
        """Return what units leave unanswered, by name, asked at their doors as they stand now.

        Whom a change restarts or reloads anyway may be about to answer elsewhere, and is not asked.
        """
        changes = [*self.entries, *self.renewed]
        called = {unit for entry in changes for unit in (*entry.restarts, *entry.reloads)}
        asked = [unit for unit in self.part("units") if "answers" in unit and unit["name"] not in called]
        doors = self.leftovers.before.get("doors", [])
        said = {unit["name"]: silent(unit, doors, self.seen) for unit in asked}
        return {name: words for name, words in said.items() if words}

    def unit_files(self) -> list[Entry]:
        """Return the entries that differ and that systemd has to read anew."""
        return [entry for entry in self.entries if isinstance(entry, Entry) and entry.path.startswith(UNIT_FOLDERS)]

    def unread(self) -> list[str]:
        """Return the stale units whose files are as they should be; of the others their file's own diff tells."""
        said = {unit for entry in self.unit_files() for unit in entry.restarts}
        return [name for name in self.stale if name not in said]

    def restarts(self) -> list[str]:
        """Return the units that what differs names, services before the sockets that lead to them."""
        named = {unit for entry in [*self.entries, *self.renewed] for unit in entry.restarts} | {
            *self.silent,
            *self.stale,
        }
        named |= {unit["name"] for unit in self.part("units") if self._unsealed(unit)}
        wanted = [unit["name"] for unit in self.part("units") if unit["state"] == "started"]
        wanted.sort(key=lambda name: name.endswith(".socket"))
        return [name for name in wanted if name in named] + sorted(named - set(wanted))

    def reloads(self) -> list[str]:
        """Return the units that read their files anew: the files changed, or the nft table that they load did."""
        named = {unit for entry in self.entries for unit in entry.reloads}
        return sorted(named | {table["by"] for table in self.wrong_tables})

    def resealed(self) -> list[str]:
        """Return the units whose network is to be another one. Those that share it must all let go of it first."""
        before = {unit["name"]: unit for unit in self.leftovers.before.get("units", [])}
        return [unit["name"] for unit in self.part("units") if self._moves(before.get(unit["name"], unit), unit)]

    @staticmethod
    def _moves(before: dict[str, Any], now: dict[str, Any]) -> bool:
        """Say whether a unit was sealed otherwise, or beside others; receipts of older kits do not say beside whom."""
        is_other = before.get("sealed", False) != now.get("sealed", False)
        others = now.get("shares_network_with")
        return is_other or before.get("shares_network_with", others) != others

    def running(self, names: list[str]) -> list[str]:
        return [name for name in names if self.seen.get(name, {}).get("ActiveState") == "active"]

    def _unsealed(self, unit: dict[str, Any]) -> str:
        return receipt.unsealed(self.seen.get(unit["name"], {"MainPID": "0"})) if unit.get("sealed") else ""

    def diff(self) -> list[dict[str, Any]]:
        """Return all that differs, for `--diff`; nothing where the host is as it should be."""
        diffs = [part for entry in self.entries for part in entry.diff]
        for unit in self.part("units"):
            before, after = self._states(unit)
            if before != after:
                diffs.append(_diff(unit["name"], before, after))
            if self._unsealed(unit):
                diffs.append(_diff(unit["name"], self._unsealed(unit) + "\n", "lo alone\n"))
        diffs += [_diff(link.path, "the release that runs\n", "the one that lies there\n") for link in self.renewed]
        diffs += [_diff(name, f"{words}\n", "active, and answers\n") for name, words in self.silent.items()]
        diffs += [_diff(name, "not as its files say: systemd has not read them\n", "read\n") for name in self.unread()]
        tables = [f"nft table {table['name']}" for table in self.wrong_tables]
        diffs += [_diff(table, "gone, or changed\n", "as its file says\n") for table in tables]
        return diffs + self.leftovers.diff()

    def _states(self, unit: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        seen = self.seen.get(unit["name"], {})
        before = {"state": seen.get("ActiveState", "unknown"), "enabled": seen.get("UnitFileState", "")}
        after = dict(before)
        if unit["state"] == "started":
            after["state"] = "active"
        if unit["state"] == "stopped" and before["state"] != "failed":
            after["state"] = "inactive"
        if unit["enabled"]:
            after["enabled"] = "enabled"
        elif before["enabled"] == "enabled":
            after["enabled"] = "disabled"
        return before, after

    def kept(self) -> list[str]:
        """Return where the things are that had to make room, and leftovers that were edited and therefore stay."""
        return [entry.kept for entry in self.every if entry.kept] + self.leftovers.edited

    def left(self) -> dict[str, Any]:
        """Return the role's section of the receipt, for the host as it is now."""
        kinds: dict[str, type[Entry | User]] = {"users": User, "folders": Folder, "files": File, "links": Link}
        section: dict[str, list[dict[str, Any]]] = {
            name: [entry.left() for entry in self.every if type(entry) is kinds[name]] for name in kinds
        }
        section["units"] = self.part("units")
        section["doors"] = self.part("doors")
        names = [table["name"] for table in self.part("tables")]
        section["tables"] = [{"name": name, "sha256": receipt.table_hash(name)} for name in names]
        return {name: items for name, items in section.items() if items}


def _diff(name: str, before: Any, after: Any) -> dict[str, Any]:
    return {"before_header": name, "after_header": name, "before": before, "after": after}
