"""A root and a moment that the tests of this folder share."""

import datetime

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import internal_ca

MOMENT = datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.UTC)


@pytest.fixture
def moment():
    return MOMENT


@pytest.fixture(scope="session")
def ca():
    return internal_ca.make(["lab.example"], MOMENT)
