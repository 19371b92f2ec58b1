#!/usr/bin/python
"""Makes a host what one role's table says, and enters it in the receipt."""

from __future__ import annotations

DOCUMENTATION = r"""
module: managed
short_description: Applies everything of one role in one go
description:
  - Compares users, folders, files, links, units and nft tables with what the role's table wants, and changes what
    differs. Files are validated before the first of them is written. systemd reads its units anew once, and what
    a changed file or link names is restarted once.
  - A unit that runs and does not answer where the table has it C(answers) is restarted; one that is slow has 15 s.
  - A unit that does not come up takes all of it back. What was there before runs again, and the message carries
    the last lines of the journal.
  - What an earlier run of the role left, and its table no longer lists, is taken away. A file that was edited
    since is kept, and said.
  - Whatever stood in the place of something managed is moved to C(/var/lib/llamakeep/replaced).
  - The templates of the table are rendered on the control node by the action of the same name.
options:
  role:
    description: Under which name the receipt lists it. The action takes the role's own name.
    type: str
    required: true
  table:
    description: >-
      The table as JSON, with every file rendered and every door written out as its units. The action takes it as the
      role declares it; nothing of it is logged.
    type: str
    required: true
attributes:
  check_mode:
    support: full
    description: Also on a bare host.
  diff_mode:
    support: full
    description: One entry for each path, user, unit and nft table.
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: configure | Configure what the role manages
  llamakeep.fleet.managed:
    table: "{{ __ollama_managed }}"
"""

RETURN = r"""
restarted:
  description: Units that ran before and were restarted.
  type: list
  elements: str
  returned: always
removed:
  description: What an earlier run had left and the table no longer lists.
  type: list
  elements: str
  returned: always
kept:
  description: Where the things are that had to make room, and leftovers that were edited and therefore stay.
  type: list
  elements: str
  returned: always
refusals:
  description: What was refused, each with C(id), C(place), C(found), C(expected) and C(remedy).
  type: list
  elements: dict
  returned: on failure
"""

import contextlib
import json
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt
from ansible_collections.llamakeep.fleet.plugins.module_utils.difference import Difference
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.module_utils.silent import door_of, silent, way_to
from ansible_collections.llamakeep.fleet.plugins.module_utils.units import DoesNotComeUp, Units


class Managed:
    """Brings a host from what it is to what the table says, or back."""

    def __init__(self, module: Any, difference: Difference) -> None:
        self.module = module
        self.difference = difference
        self.units = Units(module)
        self.wanted = {unit["name"]: unit for unit in difference.part("units")}
        self.applied: list[Any] = []  # each an Entry, or a User
        self.stuck: list[str] = []  # paths that could not be put back

    def apply(self) -> None:
        """Apply all that differs; take all of it back where something does not come up."""
        try:
            for entry in self.difference.entries:
                self.applied.append(entry)
                entry.apply()
            self.apply_units()
        except DoesNotComeUp as failure:
            self.fail(failure)
        except Refusal:
            self.roll_back()
            raise
        except OSError as error:
            self.roll_back()
            place = error.filename or self.difference.role
            raise Refusal(
                place,
                error.strerror or str(error),
                id="file-access-failed",
                remedy=f"{self.now()}; see to it and run again",
            ) from error
        except Exception as error:  # Ansible's own atomic_move says a full disk, or a foreign owner, in this way
            self.roll_back()
            place = (self.applied and self.applied[-1].path) or self.difference.role
            raise Refusal(
                place, str(error), id="apply-failed", remedy=f"{self.now()}; see to it and run again"
            ) from error
        except BaseException:  # its fail_json leaves by SystemExit, and has said why
            self.roll_back()
            raise
        self.difference.leftovers.take_away()
        if self.difference.leftovers.names():
            self.units.do("daemon-reload")
        for name in self.difference.silent:
            self.check_health(self.wanted[name])

    def apply_units(self) -> None:
        """Have systemd run what lies there now."""
        self.release_network()
        self.difference.leftovers.stop(self.units)
        if self.difference.stale or self.difference.unit_files():
            self.units.do("daemon-reload")
        for name in self.difference.restarts():
            if self.wanted.get(name, {}).get("state") == "started":
                self.units.bring_up(name)
            else:
                self.units.refresh(name)
        self.reload(on_call=False)
        # To start a socket its service is stopped first: how that one is can only be seen after it.
        sockets = [name for name in self.wanted if name.endswith(".socket")]
        for names in (sockets, [name for name in self.wanted if name not in sockets]):
            for name, seen in self.units.see(names).items() if names else ():
                self.ensure(self.wanted[name], seen)
        self.reload(on_call=True)
        for table in self.difference.part("tables"):
            if receipt.table_hash(table["name"]) is None:
                raise DoesNotComeUp(table["by"], f"it ran, and nft table {table['name']} is not there")

    def reload(self, *, on_call: bool) -> None:
        """Have units take up their files anew: those that are to run, or those that run only when called for.

        The latter come last: a door that holds requests waits for the service that it leads to.
        """
        for name in self.difference.reloads():
            is_one = (self.wanted.get(name, {}).get("state") == "any") is on_call
            if is_one and not (on_call and (name in self.units.touched or not self.units.running(name))):
                self.units.reload(name)

    def check_health(self, unit: dict[str, Any]) -> None:
        """See that a unit answers now that it was restarted; where it does not, its door may be what hangs.

        Nothing that was applied made it silent, and nothing is taken back.
        """
        doors = self.difference.part("doors")
        door = door_of(unit, doors)
        names = way_to(unit, doors)
        if door and silent(unit, doors, self.units.see(names)):
            with contextlib.suppress(DoesNotComeUp):  # nobody answers then, which is said below
                self.units.refresh(f"{door['name']}.service")
        words = silent(unit, doors, self.units.see(names))
        if words:
            raise Refusal(
                unit["name"],
                f"{words}, also after a restart",
                id="service-unhealthy",
                expected="an answer within 15 s",
                remedy=f"journalctl -u {unit['name']} -n 50 says what it does",
            )

    def release_network(self) -> None:
        """Stop what shares a network that is to be another one, the sockets that would start it again first.

        All of it before systemd reads its units anew, as `disable` has it do too: systemd 257 then shares out the
        networks of what runs by the new names, and forgets one that is in use.
        """
        names = self.difference.resealed()
        sockets = [f"{name[: -len('.service')]}.socket" for name in names]
        known = [name for name in sockets if name in self.wanted] + names
        if names:
            self.units.touched += known
            gone = self.units.see([unit["name"] for unit in self.difference.leftovers.units])
            there = [name for name, seen in gone.items() if seen["LoadState"] != "not-found"]
            self.units.do("stop", *known, *there)

    def ensure(self, unit: dict[str, Any], seen: dict[str, Any]) -> None:
        """Bring one unit to its state; what a restart has done already is not done again."""
        name = unit["name"]
        if unit["state"] != "any" and unit["enabled"] != (seen.get("UnitFileState") == "enabled"):
            self.units.do("enable" if unit["enabled"] else "disable", name)
        if unit["state"] == "started" and seen.get("ActiveState") != "active":
            self.units.bring_up(name)
        if unit["state"] == "stopped" and seen.get("ActiveState") in ("active", "activating", "reloading"):
            self.units.do("stop", name)
        if unit.get("sealed"):
            open_to = receipt.unsealed(self.units.see([name])[name])
            if open_to:
                raise DoesNotComeUp(name, open_to)

    def roll_back(self) -> list[str]:
        """Put back what was there before, newest first, and have it run again; return what does not."""
        before = self.difference.seen
        new = [name for name in self.units.touched if before.get(name, {}).get("LoadState") == "not-found"]
        for verb, names in ((["disable", "--now"], new), (["stop"], self.difference.resealed())):
            if names:
                self.module.run_command(["systemctl", *verb, *names])
        for entry in reversed(self.applied):
            try:
                entry.undo()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the others are put back all the same
                self.stuck.append(entry.path)
                self.module.warn(f"{entry.path}: could not be put back: {error}")
        self.module.run_command(["systemctl", "daemon-reload"])
        self.difference.leftovers.start(self.units)
        down = []
        for name in sorted(set(self.units.touched) - set(new), key=self.rank):
            try:
                if name in self.units.reloaded:
                    self.units.reload_back(name)
                elif self.rank(name) == 1:
                    self.units.refresh(name)
                elif before.get(name, {}).get("ActiveState", "active") == "active":
                    self.units.bring_up(name)
                else:
                    self.units.do("stop", name)
            except DoesNotComeUp:
                down.append(name)
        return down + self.bring_back()

    def bring_back(self) -> list[str]:
        """Start what ran before and stopped with a socket that was put back; return what does not come up."""
        down = []
        for name, unit in self.wanted.items():
            ran = self.difference.seen.get(name, {}).get("ActiveState") == "active"
            if ran and unit["state"] == "started" and not self.units.running(name):
                try:
                    self.units.do("start", name)
                except DoesNotComeUp:
                    down.append(name)
        return down

    def now(self) -> str:
        """Return what is there after `take_back`."""
        return f"{', '.join(self.stuck)} could not be put back" if self.stuck else "what was there before is back"

    def rank(self, name: str) -> int:
        """Return when a unit's turn is: services, then what runs only when it is called for, then sockets."""
        on_demand = self.wanted.get(name, {"state": "any"})["state"] == "any"
        return 2 if name.endswith(".socket") else 1 if on_demand else 0

    def fail(self, failure: DoesNotComeUp) -> None:
        """Take everything back, and say what did not come up, why, and what runs now."""
        journal = self.units.journal(failure.unit)
        ran = self.difference.seen.get(failure.unit, {}).get("ActiveState") == "active"
        if failure.unit in self.roll_back():
            now = f"{self.now()}, and does not come up either"
        elif ran:
            now = f"{self.now()}, and serves again"
        else:
            now = f"{self.now()}; this unit did not run then either"
        lines = "\n".join(f"    {line}" for line in [*failure.said.splitlines(), "its journal:", *journal])
        raise Refusal(
            failure.unit,
            f"did not come up with what was applied\n{lines}",
            id="unit-failed-to-start",
            expected="it runs, and answers where it is asked to",
            remedy=f"{now}; correct what the journal names and run again",
        )


def run(module: Any) -> dict[str, Any]:
    """Compare, apply unless this is a check, and return the module's result."""
    role = module.params["role"]
    difference = Difference(module, role, json.loads(module.params["table"]))
    diff = difference.diff()
    restarted = difference.running(difference.restarts())
    if module.check_mode:
        changed = bool(diff) or difference.left() != difference.leftovers.before
    else:
        if diff:
            receipt.begin()
            managed = Managed(module, difference)
            managed.apply()
            restarted = list(dict.fromkeys(managed.units.restarted))
        changed = receipt.record(role, difference.left()) or bool(diff)
    return {
        "changed": changed,
        "diff": diff,
        "restarted": restarted,
        "removed": difference.leftovers.names(),
        "kept": difference.kept(),
    }


def main() -> None:
    """Answer the action."""
    spec = {
        "role": {"type": "str", "required": True},
        "table": {"type": "str", "required": True, "no_log": True},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    try:
        module.exit_json(**run(module))
    except Refusal as refusal:
        module.fail_json(**refusal.failure)


if __name__ == "__main__":
    main()
