"""The process that looks, started before anybody knows at which hosts."""

import pytest

from llamakeep.errors import Refusal
from llamakeep.observe import ahead, looking


@pytest.fixture(autouse=True)
def waiting(monkeypatch):
    """Return those that wait; none is left behind."""
    waiting = []
    monkeypatch.setattr(ahead, "_WAITING", waiting)
    yield waiting
    for process, complaint in waiting:
        with complaint, process:
            process.kill()


def test_the_one_that_waits_is_asked_and_another_one_after_it(waiting):
    ahead.start()
    ((first, _),) = waiting
    assert looking._ask({"hosts": {}, "scripts": [], "limit": 5}) == {}
    assert first.returncode == 0
    assert waiting == []
    assert looking._ask({"hosts": {}, "scripts": [], "limit": 5}) == {}


def test_who_is_asked_nothing_ends_without_a_word():
    process, complaint = ahead.taken()
    with complaint, process:
        process.stdin.close()
        assert process.wait(30) == 0
        complaint.seek(0)
        assert complaint.read() == b""


def test_one_that_nobody_asked_ends_with_the_start_of_the_next(waiting):
    ahead.start()
    ((first, _),) = waiting
    ahead.start()
    assert first.returncode is not None
    assert len(waiting) == 1


def test_one_that_ended_while_it_waited_is_said(waiting):
    ahead.start()
    waiting[0].process.kill()
    waiting[0].process.wait()
    with pytest.raises(Refusal) as refused:
        looking._ask({"hosts": {"x": {}}, "scripts": [], "limit": 5})
    assert refused.value.id == "observe-failed"
