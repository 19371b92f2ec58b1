"""A fleet that has been converged once."""

import pytest
from kit import llamakeep

from llamakeep_lab import Lab


@pytest.fixture(scope="session")
def fleet(lab: Lab) -> Lab:
    done = llamakeep("up", "-i", lab.inventory)
    assert done.returncode == 0, done.stdout + done.stderr
    return lab
