"""Every claim has an id of its own, by which people and programs know its failure."""

import re

import pytest
from test_claims import CLAIMS

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


def test_no_two_claims_share_an_id():
    ids = [test.claim.id for test in CLAIMS.values()]
    assert len(ids) == 86
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", CLAIMS)
def test_an_id_is_kebab_case(name):
    assert KEBAB.fullmatch(CLAIMS[name].claim.id)


def test_the_id_of_an_open_door_stays_what_it_is():
    assert CLAIMS["reach.untrusted_stays_outside"].claim.id == "door-open-to-untrusted"
