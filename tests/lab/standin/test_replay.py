"""Every recorded request of a real server, asked of the stand-in: same status, same shape, same error text."""

import json
import subprocess
import sys

import pytest

from .conftest import HERE, pairs, state
from .likeness import ALLOWED, differences

# The recording left these bodies out; any body of the kind gives the recorded answer.
BYTES = {"chat-bad-json": "{not json", "blob-post": "hello", "blob-post-wrong": "hello"}


def requests():
    for pair in pairs():
        body = BYTES[pair["name"]] if pair["request"]["body"] == "<bytes>" else pair["request"]["body"]
        yield json.dumps({**pair["request"], "body": body})


def compare(printed: str, *, same_weights: bool) -> None:
    answers = [json.loads(line) for line in printed.splitlines()]
    assert len(answers) == len(pairs()) == 42
    told = {
        pair["name"]: differences(pair, answer, same_weights=same_weights)
        for pair, answer in zip(pairs(), answers, strict=True)
    }
    wrong = [f"{name}: {'; '.join(found)}" for name, found in told.items() if found]
    assert not wrong, "\n".join(wrong)


def test_every_exception_is_a_recorded_pair():
    assert set(ALLOWED) <= {pair["name"] for pair in pairs()}


def test_a_server_with_a_stub_engine_answers_as_recorded(standin, weights):
    standin.start(OLLAMA_CONTEXT_LENGTH="2048", OLLAMA_NO_CLOUD="1")
    for name, lines in state(str(weights)):
        standin.create(name, *lines)
    done = subprocess.run(
        [sys.executable, HERE / "asker.py", standin.url],
        input="\n".join(requests()),
        capture_output=True,
        text=True,
        check=True,
    )
    compare(done.stdout, same_weights=False)


@pytest.mark.lab
def test_a_sealed_host_with_the_real_engine_answers_as_recorded(sealed_host):
    for name, lines in state(sealed_host.weights):
        sealed_host.create(name, lines)
    compare(sealed_host.asked(requests()), same_weights=True)
