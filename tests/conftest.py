"""The fleet that tests marked `lab` share: brought up once a session, by the same code as `llamakeep lab up`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import groups
import llamakeep_lab as labs
from llamakeep.errors import Refusal
from llamakeep_lab import patience
from own import own

INVENTORIES = Path(__file__).parent.parent / "inventories"
OWN = own("test")
FRONT = own("test-front")
REUSED = "LLAMAKEEP_TEST_LAB"  # the name of a lab that is up already and stays: for working on one test
REUSED_FRONT = "LLAMAKEEP_TEST_FRONT_LAB"  # the same for one that has a front door


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files in which nothing is asked for."""
    return groups.is_of_no_use(collection_path, config.option.markexpr) or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the tests that share hosts beside each other, and on one worker."""
    groups.sort(items)


@pytest.fixture(scope="session")
def lab() -> Iterator[labs.Lab]:
    """Two llm hosts, a client, a mirror and an outsider; fails where there is no engine, never skips."""
    yield from _lab(OWN, os.environ.get(REUSED), front=False)


@pytest.fixture(scope="session")
def front_lab() -> Iterator[labs.Lab]:
    """The same with a chat host and a gateway, before any converge."""
    yield from _lab(FRONT, os.environ.get(REUSED_FRONT), front=True)


@pytest.fixture(scope="session")
def front_fleet(front_lab: labs.Lab) -> labs.Lab:
    """The same, converged and proven."""
    command = [str(Path(sys.executable).parent / "llamakeep"), "up", "-i", str(front_lab.inventory)]
    done = subprocess.run(
        command, cwd=INVENTORIES.parent, capture_output=True, text=True, check=False, timeout=patience.CONVERGE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return front_lab


def _lab(name: str, given: str | None, *, front: bool) -> Iterator[labs.Lab]:
    try:
        if given:
            yield labs.attach(given)
            return
        labs.down(name, base=INVENTORIES)
        gpus = [] if front else ["rtx-4090"]
        raised = labs.up(name, gpus=gpus, standin=True, front=front, base=INVENTORIES, say=print)
    except Refusal as refusal:
        pytest.fail(f"the lab that this test needs cannot be brought up\n{refusal}", pytrace=False)
    yield raised
    labs.down(name, base=INVENTORIES)
