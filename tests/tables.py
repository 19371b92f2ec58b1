"""What the roles manage on the hosts of a fleet, as the inventory's worker evaluates it, for tests of later stages.

`python tests/tables.py` writes it anew from the roles; tests/inventory/test_inventory_tables.py holds the two together.
"""

import json
from pathlib import Path

from llamakeep import inventory
from llamakeep.inventory.managed import Managed
from llamakeep.inventory.wanted import Wanted

FOLDER = Path(__file__).parent / "fixtures" / "managed"
_TABLES = FOLDER / "tables.json"


def evaluated() -> dict[str, Managed]:
    """Return service -> table, from the roles as they are."""
    fleet = inventory.load(FOLDER)
    return {name: wanted.managed for host in fleet.hosts for name, wanted in host.services.items()}


def recorded() -> dict[str, Managed]:
    """Return service -> table, as it was recorded."""
    content = json.loads(_TABLES.read_text(encoding="utf-8"))
    return {name: Managed.model_validate(table) for name, table in content.items()}


def services(**wanted: Wanted | None) -> dict[str, Wanted]:
    """Return services with the tables of their roles; one that is None is left out.

    >>> services(ollama=WantedOllama(…))
    {"ollama": WantedOllama(managed=Managed(units=…), …), "firewall": WantedFirewall(…)}
    """
    tables = recorded()
    return {
        name: one if one.managed != Managed() else one.model_copy(update={"managed": tables[name]})
        for name, one in wanted.items()
        if one is not None
    }


if __name__ == "__main__":
    text = json.dumps({name: table.model_dump() for name, table in sorted(evaluated().items())}, indent=1)
    _TABLES.write_text(f"{text}\n", encoding="utf-8")
