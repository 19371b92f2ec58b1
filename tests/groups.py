"""Which tests share hosts: those of one group run on one worker, one after the other, so each fleet is made once.

The workers of `make lab-tests` take the groups from the top, so the longest stand first.
"""

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

# What the paths of a group's tests begin with, and the group. A test is of the first that fits.
GROUPS = {
    "collection/open_webui/": "chat",
    "front/": "front",
    "verify/test_acts_gateway.py": "front",
    "observe/test_observe_unchanged.py::test_no_file_of_a_front_door": "front",
    "fleet/test_up.py": "fleet",  # first of all: one of its tests wants hosts that nobody converged yet
    "fleet/test_wheel.py": "fleet",
    "verify/test_acts.py": "fleet",
    "observe/": "fleet",
    "hosts/": "fleet",
    "fleet/test_look_first.py": "fleet",
    "collection/directories/": "directories",
    "collection/gateway/": "gateway",
    "fleet/front/": "crowd",
    "collection/ollama_host/": "ollama",
    "collection/models/": "ollama",
    "collection/chatbox/": "chatbox",
    "lab/test_rehearsal.py": "rehearsal",
    "lab/test_kept_lab.py": "rehearsal",
    "fleet/test_up_here.py": "here",
    "fleet/test_plan_diff.py": "diff",
    "lab/standin/": "standin",
}
_PLACES = tuple(GROUPS)


def place(test: str) -> int:
    """Return where a lab test stands in the table, `tests/front/test_x.py::test_it`; refuse one that stands nowhere."""
    found = [number for number, start in enumerate(_PLACES) if test.removeprefix("tests/").startswith(start)]
    if not found:
        raise pytest.UsageError(f"{test}: needs the lab, and tests/groups.py says nothing of it")
    return found[0]


def group(test: str) -> str:
    """Return the group of a lab test."""
    return GROUPS[_PLACES[place(test)]]


def sort(items: list[pytest.Item]) -> None:
    """Put lab tests in the order of the table; they come after all others."""
    names = list(dict.fromkeys(GROUPS.values()))
    keys = {item: place(item.nodeid) for item in items if item.get_closest_marker("lab")}
    items.sort(key=lambda item: (names.index(group(item.nodeid)), keys[item]) if item in keys else (-1, 0))


class ByGroup(LoadScopeScheduling):
    """A scheduler that gives a whole group to one worker; xdist's own `loadgroup` does nothing with pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def is_of_no_use(path: Path, expression: str) -> bool:
    """Say whether a file has no test for this `-m`: to import it would take its time."""
    if path.suffix != ".py" or not path.name.startswith("test_") or expression not in ("lab", "not lab"):
        return False
    text = path.read_text(encoding="utf-8")
    return "pytest.mark.lab" not in text if expression == "lab" else "\npytestmark = pytest.mark.lab\n" in text
