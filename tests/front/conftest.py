"""A fleet with a front door, converged once as a person would, while somebody listens on every wire of it."""

import subprocess
import sys
from pathlib import Path

import pytest
from wire import Wire

from llamakeep import lab as labs
from llamakeep.lab import browser, front

ROOT = Path(__file__).resolve().parents[2]
INVENTORIES = ROOT / "inventories"
NAME = "test-front"


@pytest.fixture(scope="session")
def wire(tmp_path_factory):
    """The lab from its first packet on."""
    labs.down(NAME, base=INVENTORIES)
    lab = labs.up(NAME, llm=2, standin=True, front=True, base=INVENTORIES, say=print)
    listening = Wire(lab, tmp_path_factory.mktemp("wire"))
    listening.listen()
    yield listening
    listening.stop()
    labs.down(NAME, base=INVENTORIES)


@pytest.fixture(scope="session")
def fleet(wire):
    done = kit("up", "-i", wire.lab.inventory)
    assert done.returncode == 0, done.stdout + done.stderr
    return wire.lab


@pytest.fixture
def someone(fleet):
    """One who sits at a browser that trusts the fleet's own CA."""
    root, address = fleet.inventory / ".ca" / "root.crt", fleet.host("gateway1").address4
    with browser.person(f"https://chat.{front.DOMAIN}", root, address) as person:
        yield person


@pytest.fixture
def pictures(tmp_path_factory):
    """Where the browser's pictures are kept, to be looked at."""
    folder = ROOT / "runs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kit(*words, timeout=900):
    """Run one verb and return what it printed."""
    command = [str(Path(sys.executable).parent / "llamakeep"), *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=timeout)
