"""Labs that a test brings up, by the same code as `llamakeep lab up`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import llamakeep_lab as labs
from llamakeep.errors import Refusal

INVENTORIES = Path(__file__).resolve().parents[1] / "inventories"


@contextmanager
def raised(name: str, reused: str = "", **how: Any) -> Iterator[labs.Lab]:
    """Bring a lab up from nothing, always with the stand-in, and take it down afterwards.

    Fails where it cannot be, never skips. `reused`: the variable of the environment that may name a lab that is up
    already and stays: for working on one test.
    """
    try:
        if given := os.environ.get(reused, ""):
            yield labs.attach(given)
            return
        labs.down(name, base=INVENTORIES)
        made = labs.up(name, standin=True, base=INVENTORIES, say=print, **how)
    except Refusal as refusal:
        pytest.fail(f"the lab that this test needs cannot be brought up\n{refusal}", pytrace=False)
    yield made
    labs.down(name, base=INVENTORIES)
