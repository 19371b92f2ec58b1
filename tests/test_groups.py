"""The table of tests that share hosts."""

from pathlib import Path

import pytest

import groups


class Item:
    """What pytest knows of a test."""

    def __init__(self, nodeid, lab=True):
        self.nodeid, self.lab = nodeid, lab

    def get_closest_marker(self, _):
        return self.lab or None


def test_tests_of_one_fleet_are_beside_each_other():
    unit, front = "tests/cli/test_c.py::test_it", "tests/front/test_nothing_leaves.py::test_it"
    unchanged = "tests/observe/test_observe_unchanged.py::test_no_file_of_a_front_door_is_other"
    acts, gateway = "tests/verify/test_acts_gateway.py::test_x[chat-a]", "tests/collection/gateway/test_a.py::test_x"
    items = [Item(gateway), Item(acts), Item(unit, lab=False), Item(unchanged), Item(front)]
    groups.sort(items)
    assert [item.nodeid for item in items] == [unit, front, acts, unchanged, gateway], "front listens from the first on"
    assert [groups.group(item.nodeid) for item in items[1:]] == ["front", "front", "front", "gateway"]


def test_one_test_of_a_file_may_need_other_hosts():
    file = "tests/observe/test_observe_unchanged.py"
    assert groups.group(f"{file}::test_no_file_of_a_front_door_is_other_after_a_look") == "front"
    assert groups.group(f"{file}::test_no_file_of_a_host_is_other_after_a_look[mig-a100]") == "fleet"


def test_a_lab_test_that_nobody_put_in_a_group_is_refused_by_name():
    with pytest.raises(pytest.UsageError, match=r"report/test_new.py::test_it: .* tests/groups.py"):
        groups.place("tests/report/test_new.py::test_it")


def test_a_group_is_one_piece_of_work():
    given = object.__new__(groups.ByGroup)
    assert given._split_scope("tests/front/wire.py::test_a[x@y]") == given._split_scope("tests/front/test_z.py::test_b")


@pytest.mark.parametrize(
    ("text", "lab", "unit"),
    [
        ("import pytest\n\npytestmark = pytest.mark.lab\n", False, True),
        ("@pytest.mark.lab\ndef test_one(): ...\n", False, False),
        ("def test_one(): ...\n", True, False),
    ],
)
def test_only_a_file_without_any_test_that_is_asked_for_is_left_out(tmp_path: Path, text, lab, unit):
    path = tmp_path / "test_x.py"
    path.write_text(text)
    assert groups.is_of_no_use(path, "lab") is lab
    assert groups.is_of_no_use(path, "not lab") is unit
    assert not groups.is_of_no_use(path, "")
    assert not groups.is_of_no_use(path.with_name("conftest.py"), "lab")
