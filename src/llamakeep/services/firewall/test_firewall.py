"""Firewall: the kit's own table stands, loaded by its own unit."""

from llamakeep.services.firewall.verified import TABLE, FirewallHost
from llamakeep.verify.claim import claim


@claim("firewall-table-gone", "the table inet llamakeep is in force")
def test_table_is_loaded(firewall_host: FirewallHost) -> None:
    table = firewall_host.table
    assert table.loaded, f"table {TABLE} is gone ({table.detail.splitlines()[0] if table.detail else 'no reason'})"


@claim("firewall-rules-changed", "the table's rules are those that converge left")
def test_table_is_as_left(firewall_host: FirewallHost) -> None:
    drift = firewall_host.own_drift
    assert not drift, "; ".join(f"{each.name}: {each.found}" for each in drift)


@claim("firewall-unit-not-running", "the firewall's unit is active and comes back at boot")
def test_unit_is_active(firewall_host: FirewallHost) -> None:
    for each in firewall_host.units:
        unit = firewall_host.unit(each.name)
        assert unit.active == "active", f"{each.name} is {unit.active}; expected: active"
        assert unit.enabled == "enabled", f"{each.name} is {unit.enabled}; expected: enabled"
