"""What whoever restarts the service says to its door."""

import socket
import threading

import door_control
import pytest


@pytest.mark.parametrize("words", [("hold", "door", "0.01"), ("release", "door"), ("leave", "door")])
def test_a_door_that_says_nothing_holds_nobody_up(words, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(door_control, "GRACE", 0.05)
    monkeypatch.setattr(door_control, "INSIST", 0.2)
    monkeypatch.setattr(door_control, "DOORS", tmp_path)
    (tmp_path / "door").mkdir()
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "door" / "master.sock"))
        deaf.listen(0)
        for _ in range(3):  # the last ones do not even get through
            door_control.main(*words)
            assert "did not answer in time" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("hold", "door", "1"), ("release", "door"), ("leave", "door")])
def test_where_no_door_is_there_is_nothing_to_say(words, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(door_control, "DOORS", tmp_path / "doors")
    door_control.main(*words)
    assert capsys.readouterr().err == ""
    assert not (tmp_path / "doors").exists(), "systemd makes it, with the rights that a door needs"


def test_two_doors_of_one_service_are_told_at_the_same_time(monkeypatch, tmp_path):
    monkeypatch.setattr(door_control, "DOORS", tmp_path)
    both, held = threading.Barrier(2, timeout=5), []

    def hold(door, seconds):
        both.wait()
        held.append((door.state.name, seconds))
        return ""

    monkeypatch.setitem(door_control.VERBS, "hold", hold)
    door_control.main("hold", "door,other", "60")
    assert sorted(held) == [("door.state", "60"), ("other.state", "60")]


def test_a_door_that_opens_after_a_release_does_not_hold(monkeypatch, tmp_path):
    monkeypatch.setattr(door_control, "DOORS", tmp_path)
    (tmp_path / "door.state").write_text("1\n3 patient 1 service 127.0.0.1 0 1\n")
    assert door_control.Door("door", tmp_path).is_held()
    door_control.main("release", "door")
    assert not door_control.Door("door", tmp_path).is_held()


def test_where_no_door_is_nothing_is_to_be_taken_up(monkeypatch, tmp_path):
    monkeypatch.setattr(door_control, "DOORS", tmp_path)
    with pytest.raises(SystemExit, match="no door"):
        door_control.main("reload", "door")
