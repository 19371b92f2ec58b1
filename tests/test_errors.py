"""Who refuses, in the kit or in its collection, does it with one class."""

import pickle

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import refusal

from llamakeep.errors import Refusal, Refusals, refuse


def test_the_kit_and_its_collection_have_one_class() -> None:
    assert refusal.Refusal is Refusal
    assert refusal.Refusals is Refusals


def test_it_travels_in_parts_and_comes_back_the_same() -> None:
    one = Refusal("inv.yml:3", "there is no host gpu9", id="no-such-host", expected="gpu1", remedy="correct it")
    again = Refusal(**one.parts)
    assert (again.id, str(again)) == ("no-such-host", str(one))


def test_it_keeps_its_code_in_other_words() -> None:
    one = Refusal("gateway_rate", "0 is out of bounds", id="out-of-bounds", expected="1 to 50").but(place="inv.yml:4")
    assert one.parts == {
        "id": "out-of-bounds",
        "place": "inv.yml:4",
        "found": "0 is out of bounds",
        "expected": "1 to 50",
        "remedy": "",
    }


def test_several_are_said_each_once_in_the_order_of_their_places() -> None:
    late, early = Refusal("a.yml:10", "late", id="late-bird"), Refusal("a.yml:9", "early", id="early-bird")
    with pytest.raises(Refusals) as refused:
        refuse([late, Refusals([early, late])])
    assert refused.value.all == (early, late)
    assert (refused.value.id, refused.value.place) == ("early-bird", "a.yml:9")
    assert str(refused.value) == "a.yml:9: early\na.yml:10: late"


def test_nothing_to_refuse_is_nothing() -> None:
    refuse([])


def test_it_can_be_handed_from_process_to_process() -> None:
    one = Refusal("host", "is away", id="host-away", remedy="wait")
    assert str(pickle.loads(pickle.dumps(one))) == str(one)  # noqa: S301 - our own
    assert str(pickle.loads(pickle.dumps(Refusals([one, one])))) == str(Refusals([one, one]))  # noqa: S301 - our own


def test_a_module_fails_with_the_text_and_with_each_of_its_parts() -> None:
    one, other = Refusal("port 80", "is taken", id="port-taken"), Refusal("systemd", "is away", id="no-systemd")
    failure = Refusals([one, other]).failure
    assert failure == {"msg": "port 80: is taken\nsystemd: is away", "refusals": [one.parts, other.parts]}
    assert Refusals([one, other]).coded == "port 80: is taken  [port-taken]\nsystemd: is away  [no-systemd]"
