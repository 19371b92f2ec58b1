"""Restarts, upgrades and releases that do not work, under clients who ask without pause."""

import json
import sys
import threading

import pytest

pytestmark = pytest.mark.lab

KINDS = ["short-kept", "slow-kept", "stream-kept", "short-new", "slow-new", "stream-new", "short-kept", "short-new"]


SECONDS = 20  # longer than a converge takes


class Clients(threading.Thread):
    """Eight clients on one machine, asking for some seconds."""

    def __init__(self, machine, address, seconds):
        super().__init__()
        self.machine, self.words = machine, [address, "11434", str(seconds), *KINDS]

    def run(self):
        said = self.machine.exec(["python3", "/root/clients.py", *self.words])
        self.tally = json.loads(said.stdout)

    def wrong(self):
        return {kind: seen["wrong"] for kind, seen in self.tally.items() if seen["wrong"]}

    def worst(self):
        return max(seen["worst"] for seen in self.tally.values())


@pytest.fixture
def clients(subject):
    """Eight who ask on the host itself, and eight on a friend's host."""
    both = [
        Clients(subject.machine, "127.0.0.1", SECONDS),
        Clients(subject.friend, subject.machine.address4, SECONDS),
    ]
    for each in both:
        each.start()
    yield both
    for each in both:
        each.join()


def end(both):
    """Wait for all clients; say what went wrong with any of them."""
    for each in both:
        each.join()
    sys.stderr.write(f"worst wait: {max(each.worst() for each in both)} s\n")
    return [each.wrong() for each in both]


def test_no_request_is_lost_when_the_service_is_restarted_by_hand(subject, clients):
    for _ in range(2):
        subject.sh("sleep 2; systemctl restart ollama")
    assert end(clients) == [{}, {}]


def test_no_request_is_lost_when_the_door_itself_is_restarted(subject, clients):
    for _ in range(2):
        subject.sh("sleep 2; systemctl restart ollama-api.service")
    assert end(clients) == [{}, {}]


def test_no_request_is_lost_in_an_upgrade(subject, clients):
    done = subject.converge(ollama_version="0.34.1")
    assert done.code == 0, done.text
    assert end(clients) == [{}, {}]
    assert subject.version() == "0.34.1"


def test_a_release_that_does_not_answer_is_taken_back_and_no_request_is_lost(subject, clients):
    receipt = subject.sh("sha256sum </var/lib/llamakeep/receipt.json")
    done = subject.converge(ollama_version="broken-0.34.2")
    assert done.code != 0
    assert "ollama.service: did not come up with what was applied" in done.text
    assert "cannot open the fake GPU" in done.text
    assert "what was there before is back, and serves again" in done.text
    assert end(clients) == [{}, {}]
    assert subject.version() == "0.34.0"
    assert subject.drift() == {}
    assert not subject.look()["receipt"]["complete"]
    assert subject.converge().changed == 1  # the receipt is closed again
    assert subject.sh("sha256sum </var/lib/llamakeep/receipt.json") != receipt  # by its time alone


def test_a_stopped_service_stays_stopped_and_its_door_waits(subject):
    subject.sh("systemctl stop ollama")
    subject.sh("curl -sm 1 http://127.0.0.1:11434/api/version", check=False)
    assert subject.sh("systemctl is-active ollama", check=False) == "inactive"
    subject.sh("systemctl start ollama")
    assert subject.version() == "0.34.0"
