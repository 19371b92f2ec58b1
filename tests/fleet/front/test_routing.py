"""No request reaches a host without its model: counted in the hosts' own journals, where one would be a 404."""

import itertools
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from llamakeep_lab import Machine
from llamakeep_lab.gateway import Front

from .client import ask
from .conftest import BOTH, ONE, TWO

pytestmark = pytest.mark.lab

TURN = [{"role": "user", "content": "Hello."}]
FEW = {"options": {"num_predict": 2}}
ENTRIES = {  # body, and what the stand-in answers to it: it plays no embeddings, and says so of models that it has
    "/api/chat": ({"messages": TURN, **FEW}, 200),
    "/api/generate": ({"prompt": "Hello.", "stream": False, **FEW}, 200),
    "/api/embed": ({"input": "Hello."}, 501),
    "/api/show": ({}, 200),
    "/v1/chat/completions": ({"messages": TURN, "max_tokens": 2}, 200),
    "/v1/completions": ({"prompt": "Hello.", "max_tokens": 2}, 200),
    "/v1/messages": ({"messages": TURN, "max_tokens": 2}, 200),
}
PADDING = (0, 30_000, 40_000, 70_000, 300_000)  # on both sides of every buffer
LINE = re.compile(r'\[GIN\] .* \| (\d+) \| .* \| POST +"([^"]+)"')


def asked(host: Machine, since: str) -> list[tuple[str, int]]:
    """What a host was asked since then: path and status."""
    journal = host.exec(["journalctl", "-u", "ollama.service", "-o", "cat", "--no-pager", "--since", f"@{since}"])
    return [(path, int(status)) for status, path in LINE.findall(journal.stdout)]


def told(hosts: Sequence[Machine], since: str, wanted: int) -> list[list[tuple[str, int]]]:
    """What each host was asked since then, once so many lines are there: a line comes after its answer."""
    end = time.monotonic() + 10
    while True:
        at = [asked(host, since) for host in hosts]
        if sum(map(len, at)) >= wanted or time.monotonic() > end:
            return at
        time.sleep(0.2)


def now(host: Machine) -> str:
    # The journal is read by the second: what was asked in the one that has begun is not of this test.
    return host.exec(["sh", "-c", "sleep 1; date +%s"]).stdout.strip()


def test_two_hundred_requests_reach_only_hosts_that_have_the_model(front: Front, key: str) -> None:
    one, two = front.models
    since = now(one)
    entries = itertools.cycle(ENTRIES.items())
    sent = [(*next(entries), (ONE, TWO, BOTH)[n % 3], PADDING[n % 5], n % 2) for n in range(200)]

    def send(number: int) -> tuple[int, int]:
        path, (body, expected), model, padding, last = sent[number]
        more = {"padding": "x" * padding}
        whole = {**more, **body, "model": model} if last else {"model": model, **body, **more}
        return ask(front, key, path, whole).status, expected

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(send, range(200)))
    assert not [pair for pair in statuses if pair[0] != pair[1]]
    at_one, at_two = told((one, two), since, 200)
    assert len(at_one) + len(at_two) == 200
    assert not [path for path, status in at_one + at_two if status == 404]
    for path in ENTRIES:
        mine = {model: sum(each[0] == path and each[2] == model for each in sent) for model in (ONE, TWO, BOTH)}
        seen = [sum(each == path for each, _ in at) for at in (at_one, at_two)]
        assert mine[ONE] <= seen[0] <= mine[ONE] + mine[BOTH]
        assert mine[TWO] <= seen[1] <= mine[TWO] + mine[BOTH]
    assert len(at_one) > sum(each[2] == ONE for each in sent), "the host took no part in the shared model"
    assert len(at_two) > sum(each[2] == TWO for each in sent), "the host took no part in the shared model"


def test_a_request_for_a_model_that_a_host_lacks_would_be_seen_in_its_journal(front: Front) -> None:
    host = front.models[1]
    since = now(host)
    ask_it = ["curl", "-s", "http://127.0.0.1:11434/api/show", "-d", f'{{"model": "{ONE}"}}']
    assert "not found" in host.exec(ask_it).stdout
    assert told([host], since, 1) == [[("/api/show", 404)]]
