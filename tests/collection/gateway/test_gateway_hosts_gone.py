"""Hosts that go away while they are asked, and hosts that are busy."""

import threading
import time

import pytest

pytestmark = pytest.mark.lab


def test_a_host_that_dies_costs_nothing_but_the_answers_it_had_begun(gateway):
    death = threading.Timer(1.0, gateway.stop, ["llm-b"])
    death.start()
    answers = gateway.ask_many([{"model": "both:1b", "wait": 0.3} for _ in range(100)])
    death.join()
    assert [answer.status for answer in answers if answer.status != 200] == []
    assert set(gateway.hosts) == {"llm-a", "llm-b"}
    gateway.wait_for(1)


def test_with_no_host_left_the_answer_is_at_once_and_in_the_form_of_the_api(gateway):
    gateway.stop("llm-a", "llm-b")
    gateway.wait_for(0)
    began = time.monotonic()
    answer = gateway.ask("/api/chat", {"model": "both:1b"})
    openai = gateway.ask("/v1/chat/completions", {"model": "both:1b"})
    assert time.monotonic() - began < 5
    assert (answer.status, openai.status) == (503, 503)
    assert answer.json["error"] == "none of the hosts that have both:1b is there"
    assert openai.json["error"]["message"] == answer.json["error"]


def test_a_queue_has_an_end_and_does_not_hold_up_what_needs_no_slot(gateway):
    busy = threading.Thread(target=gateway.ask_many, args=[[{"model": "a-alone", "wait": 12}] * 4])
    busy.start()
    try:
        until = time.monotonic() + 6
        while (asked := gateway.counts()["llm-a"].get("a-alone")) != 4:
            assert time.monotonic() < until, f"{asked} of 4 are under way"
            time.sleep(0.1)
        assert gateway.ask("/api/show", {"model": "a-alone"}).status == 200
        began = time.monotonic()
        answer = gateway.ask("/api/chat", {"model": "a-alone"})
        assert answer.status == 503
        assert answer.headers["retry-after"]
        assert "no host was free within 3 s" in answer.json["error"]
        assert 2.5 < time.monotonic() - began < 8
    finally:
        busy.join()


def test_who_waits_gets_the_slot_that_becomes_free(gateway):
    answers = gateway.ask_many([{"model": "a-alone", "wait": 0.3}] * 8)
    assert {answer.status for answer in answers} == {200}
