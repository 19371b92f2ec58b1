"""What a person is told to type."""

import shlex

import pytest

from llamakeep import hint


@pytest.mark.parametrize("inventory", ["inventories/office", "our office", "it's; here", "$HOME"])
def test_the_shell_reads_the_inventory_that_was_meant(inventory: str) -> None:
    assert shlex.split(hint.fleet(inventory)) == ["-i", inventory]


def test_this_machine_has_a_word_of_its_own() -> None:
    assert hint.fleet("/root/.config/x", is_here=True) == "--here"
