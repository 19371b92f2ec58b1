"""Keys: made of chance, replaced at once or with grace, taken back by name."""

import re
from datetime import date

import pytest
from pydantic import SecretStr

from llamakeep.errors import Refusal
from llamakeep.keys import change, key
from llamakeep.keys.client import Client, Previous
from llamakeep.keys.issue import Issued

TODAY = date(2026, 11, 22)
A, B, C, D = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
CLIENTS = {"office-bot": Client(sha256=A, created="2026-11-01", rate=60), "ann": Client(sha256=B, created="2026-10-01")}


def test_a_key_has_240_bits_and_no_letter_that_needs_quoting():
    made = {key.make().get_secret_value() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"lk_[A-Za-z0-9_-]{40}", one) for one in made)


def test_its_hash_is_what_a_gateway_makes_of_it():
    # printf %s lk_sample | sha256sum
    expected = "c4b26793ca4cbec4f578bd4f8cd5693883e0fa4b670ccc791ff8b4468e6b3081"
    assert key.fingerprint(SecretStr("lk_sample")) == expected


def test_a_record_with_a_key_in_it_prints_without():
    made = key.make()
    issued = Issued(path="x", name="ann", key=made)
    assert made.get_secret_value() not in f"{issued!r} {issued} {issued.model_dump_json()} {issued.model_dump()}"


def test_a_new_client_comes_beside_the_others():
    after = change.add(CLIENTS, "bob", C, TODAY, 5)
    assert after == {**CLIENTS, "bob": Client(sha256=C, created="2026-11-22", rate=5)}


def test_a_client_that_has_a_key_gets_no_second_one():
    with pytest.raises(Refusal, match="has a key already, of 2026-10-01") as refused:
        change.add(CLIENTS, "ann", C, TODAY)
    assert "llamakeep key rotate ann" in refused.value.remedy


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "ä", "x" * 64, "a\nb", "lk_" + "x" * 40])
def test_what_is_no_name_is_refused_and_a_key_is_not_said_back(name):
    with pytest.raises(Refusal) as refused:
        change.add(CLIENTS, name, C, TODAY)
    assert not name or name not in str(refused.value)


def test_rotation_replaces_at_once_and_keeps_the_rate():
    after = change.rotate(CLIENTS, "office-bot", C, TODAY)
    assert after["office-bot"] == Client(sha256=C, created="2026-11-22", rate=60)
    assert after["ann"] == CLIENTS["ann"]


def test_with_grace_the_old_key_has_a_last_day():
    after = change.rotate(CLIENTS, "ann", C, TODAY, grace=7)
    assert after["ann"].previous == (Previous(sha256=B, until="2026-11-29"),)
    assert after["ann"].hashes() == (C, B)


def test_a_second_rotation_with_grace_keeps_what_still_opens_and_one_without_nothing():
    old = (Previous(sha256=B, until="2026-11-22"), Previous(sha256=C, until="2026-11-21"))
    clients = {"ann": Client(sha256=A, created="2026-11-01", previous=old)}
    kept = change.rotate(clients, "ann", D, TODAY, grace=1)["ann"].previous
    assert kept == (Previous(sha256=A, until="2026-11-23"), old[0])
    assert change.rotate(clients, "ann", D, TODAY)["ann"].previous == ()


@pytest.mark.parametrize("verb", [change.revoke, lambda clients, name: change.rotate(clients, name, C, TODAY)])
@pytest.mark.parametrize(
    ("name", "remedy"),
    [("offce-bot", "did you mean office-bot?"), ("zzz", "the clients: ann, office-bot")],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(verb, name, remedy):
    with pytest.raises(Refusal, match="no client has this name") as refused:
        verb(CLIENTS, name)
    assert refused.value.remedy == remedy


def test_a_key_given_in_place_of_a_name_is_not_said_back():
    with pytest.raises(Refusal, match="looks like a key") as refused:
        change.revoke(CLIENTS, "lk_" + "s" * 40)
    assert "sss" not in str(refused.value)


def test_where_nobody_has_a_key_the_remedy_is_to_make_one():
    with pytest.raises(Refusal) as refused:
        change.revoke({}, "ann")
    assert refused.value.remedy == "llamakeep key add ann"


def test_revoking_takes_the_older_keys_with_it():
    clients = change.rotate(CLIENTS, "ann", C, TODAY, grace=7)
    assert change.revoke(clients, "ann") == {"office-bot": CLIENTS["office-bot"]}
