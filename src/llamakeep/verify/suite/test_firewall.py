"""Firewall: the kit's own table stands, loaded by its own unit."""

from llamakeep.verify.claim import claim
from llamakeep.verify.judged import ManagedHost

_UNIT = "llamakeep-firewall.service"


@claim("firewall-table-gone", "the table inet llamakeep is in force")
def test_table_is_loaded(walled_host: ManagedHost) -> None:
    table = walled_host.table
    assert table.loaded, (
        f"table inet llamakeep is gone ({table.detail.splitlines()[0] if table.detail else 'no reason'})"
    )


@claim("firewall-rules-changed", "the table's rules are those that converge left")
def test_table_is_as_left(walled_host: ManagedHost) -> None:
    drift = [each for each in walled_host.drift if each.kind == "firewall" or "firewall" in each.name]
    assert not drift, "; ".join(f"{each.name}: {each.found}" for each in drift)


@claim("firewall-unit-not-running", "the firewall's unit is active and comes back at boot")
def test_unit_is_active(walled_host: ManagedHost) -> None:
    unit = walled_host.unit(_UNIT)
    assert unit.active == "active", f"{_UNIT} is {unit.active}; expected: active"
    assert unit.enabled == "enabled", f"{_UNIT} is {unit.enabled}; expected: enabled"
