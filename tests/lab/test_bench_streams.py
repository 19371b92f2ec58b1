"""What many streams came to: the clients themselves against a talker, and the table."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from llamakeep_lab.bench import streamed
from llamakeep_lab.bench.streamed import Measured
from llamakeep_lab.bench.streams import Answer, Crowd, Load, Outcome
from llamakeep_lab.gateway import TALKER


@pytest.fixture
def talker() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-I", str(TALKER), str(port)])
    for _ in range(100):
        with socket.socket() as plug:
            if plug.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port
    process.kill()
    process.wait()


def load(port: int, **more: object) -> Load:
    given = {"streams": 10, "seconds": 0.3, "ramp": 0.1, "pace": 0, "lengths": (3, 9)}
    return Load.model_validate({"address": "127.0.0.1", "port": port, "model": "llama2:latest", **given, **more})


def test_every_answer_is_read_to_its_end_and_counted_once(talker: int) -> None:
    outcome = Crowd(load(talker)).run()
    assert len(outcome.connects) == 10
    assert len(outcome.answers) > 20
    assert not [answer for answer in outcome.answers if answer.fault]
    assert all(3 <= answer.tokens <= 9 and answer.sent < answer.first <= answer.ended for answer in outcome.answers)
    assert 0 < outcome.tokens <= sum(answer.tokens for answer in outcome.answers)


def test_a_server_that_is_not_there_is_an_error_of_each_request() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    outcome = Crowd(load(port, streams=2)).run()
    assert outcome.answers
    assert all(answer.fault.startswith("not sent") for answer in outcome.answers)


def outcome(*waits: float, tokens: int = 100, fault: str = "") -> Outcome:
    answers = [Answer(sent=10 + n, first=10 + n + wait, ended=12 + n, tokens=9) for n, wait in enumerate(waits)]
    if fault:
        answers.append(Answer(sent=10.0, ended=11, fault=fault))
    return Outcome(answers=tuple(answers), connects=(0.002,), tokens=tokens, seconds=10, wall=12, cpu=6, late=0.0)


def test_ways_are_compared_with_the_first() -> None:
    direct = Measured((outcome(0.05, 0.05, 0.06),), ({"gateway": 0.0},))
    through = Measured((outcome(0.055, 0.055, 0.08, tokens=99, fault="broken off"),), ({"gateway": 3.0},))
    rows = streamed.table({"direct": direct, "through": through})[2:]
    assert rows == [
        "| direct | 3 | 10 | 1.000 | 50.0 | 60.0 | 0.0 | 0.0 | 2.0 | 0 | 0.50 | 0.00 |",
        "| through | 4 | 10 | 0.990 | 55.0 | 80.0 | 5.0 | 20.0 | 2.0 | 1 | 0.50 | 0.25 |",
    ]


def test_a_loss_is_told_apart_by_when_the_request_was_sent() -> None:
    lines = streamed.loss(outcome(0.05, 0.05, 2.5, fault="broken off"), gone=10.5, back=30.5)
    assert lines == [
        "One of the two hosts lost its power for 20 s: 1 of the answers under way were cut, of which 1 had not begun.",
        "Of 2 requests begun since, 0 failed;",
        "the longest wait for a first token was 2.5 s.",
    ]
