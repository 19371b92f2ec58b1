"""A fleet with a front door, converged once as a person would, while somebody listens on every wire of it."""

from pathlib import Path

import pytest
from wire import Wire

from llamakeep_lab import browser, front

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def wire(front_lab, tmp_path_factory):
    """The lab from its first packet on."""
    listening = Wire(front_lab, tmp_path_factory.mktemp("wire"))
    listening.listen()
    yield listening
    listening.stop()


@pytest.fixture(scope="session")
def fleet(wire, request):
    """Converged only once somebody listens."""
    return request.getfixturevalue("front_fleet")


@pytest.fixture
def someone(fleet):
    """One who sits at a browser that trusts the fleet's own CA, on a host that is nobody's friend."""
    root, address = fleet.inventory / ".ca" / "root.crt", fleet.host("gateway1").address4
    url, network_of = f"https://chat.{front.DOMAIN}", fleet.host("outsider").pid
    with browser.person(url, root, address, network_of=network_of) as person:
        yield person


@pytest.fixture
def pictures():
    """Where the browser's pictures are kept, to be looked at."""
    folder = ROOT / "runs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
