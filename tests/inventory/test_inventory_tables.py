"""The tables that tests of later stages stand on are those of the roles."""

import tables


def test_the_recorded_tables_are_what_the_roles_manage() -> None:
    assert tables.recorded() == tables.evaluated(), "after a change of a role: python tests/tables.py"
