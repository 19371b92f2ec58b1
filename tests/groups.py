"""Which tests share hosts: those of one group run on one worker, one after the other, so each fleet is made once.

The two workers of `make lab-tests` take the groups from the top, so the longest stand first.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# What the paths of a group's tests begin with, and the group. A test is of the first that fits.
GROUPS = {
    "collection/open_webui/": "chat",
    "collection/directories/": "chat",
    "front/": "front",
    "verify/test_acts_front.py": "front",
    "observe/test_observe_unchanged.py::test_no_file_of_a_front_door": "front",
    "fleet/test_up.py": "fleet",  # first of all: one of its tests wants hosts that nobody converged yet
    "fleet/test_wheel.py": "fleet",
    "verify/test_acts.py": "fleet",
    "observe/": "fleet",
    "fleet/test_look_first.py": "fleet",
    "collection/gateway/": "gateway",
    "fleet/front/": "crowd",
    "collection/ollama_host/": "ollama",
    "collection/models/": "ollama",
    "collection/chatbox/": "chatbox",
    "lab/test_rehearsal.py": "rehearsal",
    "fleet/test_up_here.py": "here",
    "fleet/test_plan_diff.py": "diff",
    "lab/standin/": "standin",
}
_PLACES = tuple(GROUPS)


def place(item: pytest.Item) -> int:
    """Return where a lab test stands in the table; a test that nobody put there is refused by name."""
    path = f"{item.path.relative_to(TESTS)}::{item.name}"
    found = [number for number, start in enumerate(_PLACES) if path.startswith(start)]
    if not found:
        raise pytest.UsageError(f"{path}: needs the lab, and tests/groups.py says nothing of it")
    return found[0]


def sort(items: list[pytest.Item]) -> None:
    """Put lab tests in the order of the table, each marked with its group for xdist."""
    places = {item: place(item) for item in items if item.get_closest_marker("lab")}
    for item, number in places.items():
        item.add_marker(pytest.mark.xdist_group(GROUPS[_PLACES[number]]))
    names = list(dict.fromkeys(GROUPS.values()))
    items.sort(
        key=lambda item: (names.index(GROUPS[_PLACES[places[item]]]), places[item]) if item in places else (-1, 0)
    )


def is_of_no_use(path: Path, expression: str) -> bool:
    """Say whether a file has no test for this `-m`: to import it would take its time."""
    if path.suffix != ".py" or not path.name.startswith("test_") or expression not in ("lab", "not lab"):
        return False
    text = path.read_text(encoding="utf-8")
    return "pytest.mark.lab" not in text if expression == "lab" else "\npytestmark = pytest.mark.lab\n" in text
