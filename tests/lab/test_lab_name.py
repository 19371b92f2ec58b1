"""What a lab is called, and what is called after it."""

from pathlib import Path

import pytest

from llamakeep.errors import Refusal
from llamakeep_lab.name import Name


def test_everything_is_called_after_the_lab():
    assert Name("two").container("llm1") == "llamakeep-two-llm1"
    assert Name("two").network == "llamakeep-two"


def test_the_first_lab_has_the_plain_folder():
    assert Name("lab").inventory(Path("inventories")) == Path("inventories/lab")
    assert Name("two").inventory(Path("inventories")) == Path("inventories/lab-two")


@pytest.mark.parametrize(
    ("given", "offered"),
    [
        ("My Lab!", "my-lab"),
        ("../etc", "etc"),
        ("-x-", "x"),
        ("", "lab"),
        ("ä", "lab"),
        ("a" * 30, "a" * 24),
        ("x;rm", "x-rm"),
        ("lab\n", "lab"),
    ],
)
def test_an_odd_name_is_refused_and_a_near_one_offered(given, offered):
    with pytest.raises(Refusal, match="cannot be part of") as refused:
        Name(given)
    assert refused.value.remedy == f"--name {offered}"
