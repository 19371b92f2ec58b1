"""A fleet that has been converged once."""

import pytest

from llamakeep_lab import Lab


@pytest.fixture(scope="session")
def fleet(fleet_of_servers: Lab) -> Lab:
    return fleet_of_servers
