"""What whoever restarts the service says to its door."""

import socket

import control
import pytest


@pytest.mark.parametrize("words", [("hold", "0.01"), ("release",)])
def test_a_door_that_says_nothing_holds_nobody_up(words, monkeypatch, tmp_path):
    monkeypatch.setattr(control, "GRACE", 0.05)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "door"))
        deaf.listen(0)
        for _ in range(3):  # the last ones do not even get through
            assert "did not answer within" in control.tell(str(tmp_path / "door"), *words)


def test_where_no_door_is_there_is_nothing_to_say(tmp_path):
    assert control.tell(str(tmp_path / "door"), "release") == ""
