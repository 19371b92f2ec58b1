"""Ansible's own reading of an inventory, in a process of its own: `python -m llamakeep.inventory.worker`.

Ansible keeps global state and prints as it likes; here it can do neither harm. A request comes in on
stdin, one JSON object goes out on stdout: hosts with the values that a play would see, or refusals.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from llamakeep.errors import Refusal
from llamakeep.inventory.check import no_group, unknown_name, wrong_type
from llamakeep.inventory.definition import Definition, Written, effective, scan
from llamakeep.inventory.option import Option, read
from llamakeep.inventory.problem import Refusals, refuse
from llamakeep.inventory.reader import Reader
from llamakeep.inventory.source import sources


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return every host of the inventory with its groups, values, places and way in.

    >>> answer({"inventory": "inventories/office", "limit": None, "roles": "…/roles"})
    {"hosts": [{"name": "gpu01", "selected": True, "groups": ["llm_hosts"], "values": {…}, …}]}
    """
    known = read(Path(request["roles"]))
    reader = Reader(sorted({option.defaults for option in known.values()}))
    path = Path(request["inventory"])
    definitions = _definitions(path, reader) if path.exists() else []
    problems = [found for one in definitions if (found := unknown_name(one.name, one.place, known))]
    _load(reader, request["inventory"], problems)
    selected = reader.select(request["limit"])
    if not any("llm_hosts" in reader.groups(host) for host in reader.hosts()):
        raise no_group(reader.group_names(), request["inventory"])
    hosts = []
    written = Written(definitions)
    for host in reader.hosts():
        view = _View(request["inventory"], host, reader, written, problems)
        hosts.append({"selected": host in selected, **view.describe(known)})
    refuse(problems)
    return {"hosts": hosts}


def _load(reader: Reader, inventory: str, problems: list[Refusal]) -> None:
    """Have Ansible read the inventory; where it cannot, that is said beside what was found before."""
    try:
        reader.load(inventory)
    except Refusal as refusal:
        refuse([*problems, refusal])


def _definitions(inventory: Path, reader: Reader) -> list[Definition]:
    """Return every definition in every file of the inventory; all broken files are named at once."""
    found: list[Definition] = []
    broken: list[Refusal] = []
    for source in sources(inventory):
        try:
            found += scan(source, reader.text)
        except Refusal as refusal:
            broken.append(refusal)
    refuse(broken)
    return found


class _View:
    """One host as the inventory describes it."""

    def __init__(self, inventory: str, host: str, reader: Reader, written: Written, problems: list[Refusal]) -> None:
        self._inventory, self._host, self._reader = inventory, host, reader
        self._groups = reader.groups(host)
        self._definitions, self._problems = written.of(host, self._groups), problems
        self._written = written.names
        self._variables = reader.variables(host)

    def describe(self, known: dict[str, Option]) -> dict[str, Any]:
        """Return all that the control node must know of the host."""
        for name in self._variables.keys() - self._written:
            if refusal := unknown_name(str(name), self._place(str(name)), known):
                self._problems.append(refusal)
        return {
            "name": self._host,
            "groups": [group for group in self._groups if group not in {"all", "ungrouped"}],
            "values": {name: self._value(option) for name, option in known.items()},
            "places": self._places(known),
            "vaulted": self._vaulted(),
            "knockers": self._knockers(known),
            "connection": self._reader.connection(self._host, self._inventory),
        }

    def _definition(self, name: str) -> Definition | None:
        return effective(self._definitions, name, self._host, self._groups)

    def _place(self, name: str) -> str:
        """Return where a variable of the host is written; a dynamic inventory has no lines."""
        definition = self._definition(name)
        return definition.place if definition else f"{self._inventory}: {self._host}"

    def _places(self, known: dict[str, Option]) -> dict[str, str]:
        """Return file and line, relative to the inventory, of each option that the inventory sets."""
        inventory = Path(self._inventory)
        folder = inventory if inventory.is_dir() else inventory.parent
        found = {name: self._definition(name) for name in known if name in self._variables}
        return {
            name: f"{one.path.relative_to(folder)}:{one.line}" if one else inventory.name for name, one in found.items()
        }

    def _value(self, option: Option) -> Any:
        """Return the value that the play sees."""
        definition = self._definition(option.name)
        place = self._place(option.name)
        try:
            value = self._reader.value(self._host, option)
        except Refusal as unclear:
            found = f"{option.name} cannot be worked out: {unclear.found}"
            self._problems.append(Refusal(place, found, remedy=unclear.remedy))
            return None
        if option.name in self._variables:
            secret = definition is not None and definition.vaulted
            if refusal := wrong_type(option, value, place, secret=secret):
                self._problems.append(refusal)
        return value

    def _vaulted(self) -> list[str]:
        """Return every text that came out of a vault for this host."""
        names = {one.name for one in self._definitions if one.vaulted and one.name in self._variables}
        texts: set[str] = set()
        for name in sorted(names):
            try:
                texts.update(self._reader.texts(self._host, name))
            except Refusal as sealed:
                self._problems.append(Refusal(self._place(name), f"{name}: {sealed.found}", remedy=sealed.remedy))
        return sorted(texts)

    def _knockers(self, known: dict[str, Option]) -> dict[str, list[str]]:
        """Return the addresses that may knock at the host's door; none for a host that has no door."""
        if "llm_hosts" not in self._groups or "ollama_api_groups" not in known:
            return {}
        groups = self._value(known["ollama_api_groups"])
        if not isinstance(groups, list):
            return {}
        try:
            return self._reader.knockers("ollama_api", groups)
        except Refusal as refusal:
            self._problems.append(
                Refusal(self._place("ollama_api_groups"), f"{refusal.place}: {refusal.found}", remedy=refusal.remedy)
            )
            return {}


def _as_json(refusal: Refusal) -> dict[str, Any]:
    """Return refusals as they travel to the process that asked."""
    every = refusal.all if isinstance(refusal, Refusals) else (refusal,)
    return {"refusals": [[one.place, one.found, one.expected, one.remedy] for one in every]}


def main() -> None:
    """Answer one request; whatever Ansible prints goes to stderr."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        found = answer(json.load(sys.stdin))
    except Refusal as refusal:
        found = _as_json(refusal)
    with out:
        json.dump(found, out, default=str)


if __name__ == "__main__":
    main()
