"""What the operator must know to read a verdict stands beside it."""

import pytest
from healthy import WANTED, evidence, fleet, host, other

from llamakeep.verify import verification
from llamakeep.verify.evidence import Tried
from llamakeep.verify.gather import Gathered

OUTSIDER = other("outsider", "untrusted", "192.0.2.99")


@pytest.fixture
def notes(monkeypatch):
    """Return a function that gives the notes on one host, with evidence made up for it."""

    def of(llm, tried=(), **seen):
        found = Gathered("nonce", {llm.name: evidence(**seen)}, {("outsider", llm.name, "ollama-api"): tried})
        monkeypatch.setattr(verification, "gather", lambda *_, **__: found)
        return verification.Verification(fleet(llm, OUTSIDER)).notes

    return of


def test_an_ordinary_host_needs_no_note(notes):
    assert notes(host()) == []


def test_a_host_of_the_lab_is_marked(notes):
    assert notes(host(), lab={"lab": "x", "gpu": "rtx-4090", "standin": True}) == [
        "llm1: a host of the lab; its GPU (rtx-4090) is simulated",
        "llm1: serves the lab's stand-in, not the real Ollama",
    ]


def test_an_open_host_is_marked(notes):
    (said,) = notes(host(ollama=WANTED.model_copy(update={"sealed": False})))
    assert said.startswith("llm1 is open by choice: ")


def test_an_address_that_could_not_be_tried_is_named(notes):
    untried = Tried(address="2001:db8::11", port=11434, outcome="no route")
    assert notes(host(), (untried,)) == ["[2001:db8::11]:11434 was not tried from outsider: there is no route from it"]
