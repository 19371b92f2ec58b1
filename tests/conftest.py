"""The fleet that tests marked `lab` share: brought up once a session, by the same code as `llamakeep lab up`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import groups
import llamakeep_lab as labs
from llamakeep_lab import patience, snapshot
from own import own
from raised import INVENTORIES, raised

OWN = own("test")
FRONT = own("test-front")
REUSED = "LLAMAKEEP_TEST_LAB"  # the name of a lab that is up already and stays: for working on one test
REUSED_FRONT = "LLAMAKEEP_TEST_FRONT_LAB"  # the same for one that has a front door
KEPT = "LLAMAKEEP_TEST_KEPT"  # 1: a front door that was converged is kept in images, and the next run begins there
_BARE = pytest.StashKey[bool]()  # set once somebody had the lab of the front door before its converge


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files in which nothing is asked for."""
    return groups.is_of_no_use(collection_path, config.option.markexpr) or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the tests that share hosts beside each other."""
    groups.sort(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have the tests that share hosts on one worker."""
    return groups.ByGroup(config, log) if config.option.markexpr == "lab" else None


@pytest.fixture(scope="session")
def lab() -> Iterator[labs.Lab]:
    """Two llm hosts, a client, a registry and an outsider; fails where there is no engine, never skips."""
    with raised(OWN, REUSED, gpus=["rtx-4090"]) as made:
        yield made


@pytest.fixture(scope="session")
def front_lab(request: pytest.FixtureRequest) -> Iterator[labs.Lab]:
    """The same with a chat host and a gateway, before any converge."""
    request.config.stash[_BARE] = True
    with raised(FRONT, REUSED_FRONT, front=True) as made:
        yield made


@pytest.fixture(scope="session")
def fleet_of_servers(lab: labs.Lab) -> labs.Lab:
    """The lab with both its llm hosts converged and proven."""
    _up(lab)
    return lab


@pytest.fixture(scope="session")
def front_fleet(request: pytest.FixtureRequest) -> Iterator[labs.Lab]:
    """The lab with a front door, converged and proven: now, or by the run before where that one was kept."""
    keeps = KEPT in os.environ and REUSED_FRONT not in os.environ
    key = snapshot.key(FRONT, front=True)
    if keeps and not request.config.stash.get(_BARE, False):
        kept = snapshot.load(FRONT, key, base=INVENTORIES, say=print, standin=True, front=True)
        if kept is not None:
            yield kept
            labs.down(FRONT, base=INVENTORIES)
            return
    made = request.getfixturevalue("front_lab")
    _up(made)
    if keeps:
        snapshot.save(made, key)
    yield made


def _up(lab: labs.Lab) -> None:
    command = [str(Path(sys.executable).parent / "llamakeep"), "up", "-i", str(lab.inventory)]
    done = subprocess.run(
        command, cwd=INVENTORIES.parent, capture_output=True, text=True, check=False, timeout=patience.CONVERGE
    )
    assert done.returncode == 0, done.stdout + done.stderr
