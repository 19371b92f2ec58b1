"""A YAML text with its places: what its readers would pass over is refused by file and line."""

from pathlib import Path

import pytest

from llamakeep.errors import Refusal
from llamakeep.lock.marks import compose

FILE = Path("group_vars/all.yml")


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("a: 1\nb: 2\na: 3\n", "group_vars/all.yml:3", "duplicate key a, first at line 1"),
        ("x:\n- {}\n- b: 1\n  b: 1\n", "group_vars/all.yml:4", "duplicate key b, first at line 3"),
        ("{a: 1, a: 2}", "group_vars/all.yml:1", "duplicate key a, first at line 1"),
        ('"a": 1\na: 2\n', "group_vars/all.yml:2", "duplicate key a, first at line 1"),
    ],
    ids=["top", "deep", "one-line", "quoted"],
)
def test_a_name_that_stands_twice_is_refused(text: str, place: str, found: str) -> None:
    with pytest.raises(Refusal) as refusal:
        compose(FILE, text)
    assert (refusal.value.place, refusal.value.found) == (place, found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: {b: 1}\nb: {b: 1}\n",
        "1: x\n'1': y\n",
        "a: &a {b: 1}\nc: *a\nd: {<<: *a, b: 2}\n",
        "a: &a\n  b: *a\n",
        "[a, a]",
    ],
    ids=["empty", "elsewhere", "another-type", "merged", "round", "list"],
)
def test_what_yaml_allows_is_taken(text: str) -> None:
    compose(FILE, text)
