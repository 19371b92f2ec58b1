"""Ansible's own reading of an inventory, in a process of its own: `python -m llamakeep.inventory.worker`.

Ansible keeps global state and prints as it likes; here it can do neither harm. A request comes in on
stdin, one JSON object goes out on stdout: hosts with the values that a play would see, or refusals.
"""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.options import read

from llamakeep import collection
from llamakeep.errors import Refusal, refuse
from llamakeep.inventory import compiled, routing
from llamakeep.inventory.around import Around
from llamakeep.inventory.check import no_group, unknown_name
from llamakeep.inventory.definition import Definition, Written, scan
from llamakeep.inventory.reader import Reader
from llamakeep.inventory.source import sources
from llamakeep.inventory.view import ALONE, View


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return every host of the inventory with its groups, values, places and way in.

    `whole`: whether they are wanted with all that stands elsewhere and makes them what they are.

    >>> answer({"inventory": "inventories/office", "limit": None, "roles": "…/roles", "whole": True})
    {"hosts": [{"name": "gpu01", "selected": True, "groups": ["llm_hosts"], "values": {…}, …}]}
    """
    known = read(Path(request["roles"]))
    reader = Reader(sorted({option.defaults for option in known.values()}))
    collection.refuse_other(Path(importlib.import_module("ansible_collections.llamakeep.fleet").__path__[0]))
    path = Path(request["inventory"])
    definitions = _definitions(path, reader) if path.exists() else []
    problems = [found for one in definitions if (found := unknown_name(one.name, one.place, known))]
    _load(reader, request["inventory"], problems)
    selected = reader.select(request["limit"])
    written = Written(definitions)
    views = {host: View(request["inventory"], host, reader, written, known, problems) for host in reader.hosts()}
    if not any(view.has_models for view in views.values()):
        raise no_group(reader.group_names(), request["inventory"])
    described = {host: view.describe() for host, view in views.items()}
    around = Around(reader, known, Path(request["roles"]), request["inventory"])
    beyond = {host: view.around(around, views) if request["whole"] else ALONE for host, view in views.items()}
    hosts = [{"selected": host in selected, **described[host], **beyond[host]} for host in views]
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


def _as_json(refusal: Refusal) -> dict[str, Any]:
    """Return refusals as they travel to the process that asked."""
    return {"refusals": [one.parts for one in refusal.all]}


def main() -> None:
    """Answer one request; whatever Ansible prints goes to stderr."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    compiled.once()
    routing.keep()
    try:
        found = answer(json.load(sys.stdin))
    except Refusal as refusal:
        found = _as_json(refusal)
    with out:
        json.dump(found, out, default=str)
    sys.stdout.flush()
    os._exit(0)  # to take down what Ansible has built up takes longer than it is worth


if __name__ == "__main__":
    main()
