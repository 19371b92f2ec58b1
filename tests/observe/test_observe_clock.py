"""How far a host's clock is off ours, as far as that can be told."""

import pytest
from hosts_said import said

from llamakeep.observe.facts.clock import Clock, ClockFact


def test_a_host_with_a_fraction() -> None:
    clock = ClockFact().parse(said("clock", "debian-13"))
    assert (clock.tick, clock.booted is not None) == (0.0, True)
    assert 0 <= clock.now - clock.began < 5


@pytest.mark.parametrize(("case", "booted"), [("busybox", 4711.02), ("macos-12", 86400.0)])
def test_whole_seconds(case: str, booted: float) -> None:
    assert ClockFact().parse(said("clock", case)) == Clock(1763850000.0, 1763850000.0, 1.0, booted)


def test_no_date() -> None:
    with pytest.raises(ValueError, match="no time"):
        ClockFact().parse(said("clock", "no-date"))


@pytest.mark.parametrize(
    ("now", "tick", "off"),
    [
        (1000.3, 0.0, 0.0),
        (1000.0, 1.0, 0.0),  # may be 1000.9
        (1003.5, 0.0, 3.0),
        (940.0, 0.0, -60.0),
        (998.0, 1.0, -1.0),
    ],
)
def test_what_lies_within_the_way_there_and_back_is_not_off(now: float, tick: float, off: float) -> None:
    assert Clock(began=now, now=now, tick=tick, booted=None).off(asked=1000.0, answered=1000.5) == off


def test_a_host_that_worked_long_hides_nothing() -> None:
    slow = Clock(began=970.0, now=1030.0, tick=0.0, booted=None)
    assert slow.off(asked=1000.0, answered=1060.5) == -29.0
