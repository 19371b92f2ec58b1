"""One of two hosts goes away while fifty people chat, and comes back."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from llamakeep.errors import Refusal
from llamakeep_lab import Machine
from llamakeep_lab import gateway as fronts
from llamakeep_lab.gateway import Front

from .client import ask
from .conftest import BOTH, TWO
from .crowd import chatting

pytestmark = pytest.mark.lab

USERS, BEFORE, AWAY, AFTER = 50, 12, 25, 10  # seconds
WORST = 30  # seconds that somebody waits for the first token at most: 11 until a silent host is given up
DROP = """
nft 'add table inet cut'
nft 'add chain inet cut in { type filter hook input priority -300; policy accept; }'
nft 'add chain inet cut out { type filter hook output priority -300; policy accept; }'
nft 'add rule inet cut in tcp dport 11434 drop'
nft 'add rule inet cut out tcp sport 11434 drop'
"""


@dataclass(frozen=True)
class Way:
    """How a host goes, how it comes back, and whether answers under way are lost with it."""

    go: Callable[[Machine], object]
    come: Callable[[Machine], object]
    loses: bool


def boot(machine: Machine) -> None:
    machine.container.start()
    machine.wait()


WAYS = {
    "power": Way(lambda host: host.container.kill(), boot, loses=True),
    "network": Way(
        lambda host: host.exec(["sh", "-ec", DROP]),
        lambda host: host.exec(["nft", "delete", "table", "inet", "cut"]),
        loses=True,
    ),
    "server killed": Way(
        lambda host: host.exec(["systemctl", "kill", "--signal=KILL", "ollama.service"]),
        lambda host: None,
        loses=True,
    ),
    "server stopped": Way(
        lambda host: host.exec(["systemctl", "stop", "--no-block", "ollama.service"]),
        lambda host: host.exec(["systemctl", "start", "ollama.service"]),
        loses=False,
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_nobody_sees_an_error_beyond_the_answer_in_flight(talkers: Front, key: str, way: Way) -> None:
    host = talkers.lab.host("llm2")
    with chatting(talkers, key, BOTH, USERS, BEFORE + AWAY + AFTER) as crowd:
        time.sleep(BEFORE)
        assert fronts.counts(host)["under_way"] > USERS / 4
        going = time.monotonic()
        way.go(host)
        gone = time.monotonic()
        time.sleep(AWAY)
        way.come(host)
    answers = crowd.outcome.answers
    failed = [answer for answer in answers if answer.fault]
    begun = [answer for answer in answers if answer.sent > gone]
    waits = sorted(answer.first - answer.sent for answer in answers if answer.first and answer.sent > going)
    assert len(begun) > USERS
    assert not [answer for answer in begun if answer.fault]
    assert len(failed) <= (USERS if way.loses else 0), failed[:5]
    # Whose answer had not begun was asked for again at the other host.
    assert not [answer for answer in failed if not answer.first]
    assert waits[-1] < WORST
    assert wait_for(lambda: ask(talkers, key, "/api/chat", SHORT).status == 200 and fronts.counts(host)["answered"])


SHORT = {"model": TWO, "options": {"num_predict": 1}}


def wait_for(seen: Callable[[], object]) -> bool:
    """Return whether it is seen within half a minute."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(Refusal):
            if seen():
                return True
        time.sleep(0.5)
    return False
