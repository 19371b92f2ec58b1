"""The table of tests that share hosts."""

from pathlib import Path

import pytest

import groups


class Item:
    """What pytest knows of a test."""

    def __init__(self, path, name="test_it", lab=True):
        self.path, self.name, self.lab, self.group = groups.TESTS / path, name, lab, None

    def get_closest_marker(self, _):
        return self.lab or None

    def add_marker(self, mark):
        (self.group,) = mark.args


def test_tests_of_one_fleet_are_beside_each_other_and_of_one_group():
    items = [
        Item("collection/gateway/test_a.py"),
        Item("verify/test_acts_front.py"),
        Item("cli/test_c.py", lab=False),
        Item("observe/test_observe_unchanged.py", "test_no_file_of_a_front_door_is_other"),
        Item("front/test_nothing_leaves.py"),
    ]
    groups.sort(items)
    assert [item.group for item in items] == [None, "front", "front", "front", "gateway"]
    assert items[1].path.name == "test_nothing_leaves.py", "it listens from the first packet on"


def test_one_test_of_a_file_may_need_other_hosts():
    assert groups.place(Item("observe/test_observe_unchanged.py", "test_no_file_of_a_front_door_is_other")) != (
        groups.place(Item("observe/test_observe_unchanged.py", "test_no_file_of_a_host_is_other"))
    )


def test_a_lab_test_that_nobody_put_in_a_group_is_refused_by_name():
    with pytest.raises(pytest.UsageError, match=r"report/test_new.py::test_it: .* tests/groups.py"):
        groups.place(Item("report/test_new.py"))


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
