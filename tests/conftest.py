"""The fleet that tests marked `lab` share: brought up once a session, by the same code as `llamakeep lab up`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamakeep import lab as labs
from llamakeep.errors import Refusal

INVENTORIES = Path(__file__).parent.parent / "inventories"
OWN = "test"
REUSED = "LLAMAKEEP_TEST_LAB"  # the name of a lab that is up already and stays: for working on one test


@pytest.fixture(scope="session")
def lab() -> Iterator[labs.Lab]:
    """Two llm hosts, a chat host, a mirror and an outsider; fails where there is no engine, never skips."""
    given = os.environ.get(REUSED)
    try:
        if given:
            yield labs.attach(given)
            return
        labs.down(OWN, base=INVENTORIES)
        raised = labs.up(OWN, gpus=["rtx-4090"], standin=True, base=INVENTORIES, say=print)
    except Refusal as refusal:
        pytest.fail(f"the lab that this test needs cannot be brought up\n{refusal}", pytrace=False)
    yield raised
    labs.down(OWN, base=INVENTORIES)
