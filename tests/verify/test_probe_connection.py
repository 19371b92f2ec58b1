"""Connections, against small servers on this machine's own loopback."""

import errno
import socket

import pytest

from llamakeep.services.ollama.verified import api
from llamakeep.verify.probe import connection

OLLAMA = {
    "/api/version": {"version": "0.34.4"},
    "/api/status": {"cloud": {"disabled": True, "source": "env"}},
    "/api/tags": {"models": [{"name": "mistral:7b", "digest": "5f", "capabilities": ["completion"]}]},
}
ENGINE = {"/props": {"default_generation_settings": {"n_ctx": 8192}}}
PATIENCE = 2.0


def test_a_closed_port_refuses(nobody_there):
    assert connection.outcome("127.0.0.1", nobody_there, PATIENCE) == "refused"


def test_who_answers_is_told_apart(serve, nobody_there):
    ports = [serve(OLLAMA), serve(ENGINE), serve({}), nobody_there]
    found = connection.try_all([("127.0.0.1", port, True) for port in ports], PATIENCE, PATIENCE)
    assert [(each["outcome"], each["speaks"]) for each in found] == [
        ("answers", "ollama"),
        ("answers", "engine"),
        ("answers", ""),
        ("refused", ""),
    ]


def test_an_untrusted_host_only_connects_and_says_nothing(serve):
    (found,) = connection.try_all([("127.0.0.1", serve(OLLAMA), False)], PATIENCE, PATIENCE)
    assert (found["outcome"], found["speaks"]) == ("answers", "")


def test_who_is_turned_away_only_after_his_call_was_taken_found_the_port_open(monkeypatch):
    def reset(*_):
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")

    monkeypatch.setattr(connection.socket, "create_connection", reset)
    assert connection.outcome("192.0.2.1", 11434, PATIENCE) == "answers"


def test_what_does_not_speak_http_is_no_model():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert connection.speaks("127.0.0.1", mute.getsockname()[1], 0.1) == ""


def test_without_a_door_nothing_is_tried():
    assert connection.try_all([], PATIENCE, PATIENCE) == []


def test_the_door_says_what_is_behind_it(serve):
    assert api.look("127.0.0.1", serve(OLLAMA), "rebound.example") == {
        "version": "0.34.4",
        "cloud_disabled": True,
        "models": [{"name": "mistral:7b", "digest": "5f", "capabilities": ["completion"]}],
        "foreign_status": 403,
    }


def test_a_door_that_is_shut_is_named(nobody_there):
    with pytest.raises(OSError, match=rf"the door on 127\.0\.0\.1 port {nobody_there} does not answer"):
        api.look("127.0.0.1", nobody_there, "rebound.example")


def test_a_model_answers(serve):
    said = {"message": {"role": "assistant", "content": " Paris. "}, "eval_count": 3}
    answer = api.ask("127.0.0.1", serve({"/api/chat:mistral:7b": said}), "mistral:7b", "?", 8, PATIENCE)
    assert (answer["text"], answer["tokens"], answer["error"]) == ("Paris.", 3, "")


def test_a_thinking_model_answers_by_its_thoughts(serve):
    said = {"message": {"role": "assistant", "content": "", "thinking": "Hm."}}
    assert api.ask("127.0.0.1", serve({"/api/chat:q": said}), "q", "?", 8, PATIENCE)["text"] == "Hm."


def test_an_error_of_the_server_is_passed_on(serve, nobody_there):
    assert api.ask("127.0.0.1", serve({}), "q", "?", 8, PATIENCE)["error"] == "404 page not found"
    assert "refused" in api.ask("127.0.0.1", nobody_there, "q", "?", 8, PATIENCE)["error"]
