"""Whether a service that runs answers: asked of a real server, at its door and on a port of its own."""

import http.server
import socket
import threading
from types import SimpleNamespace

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.module_utils.silent import silent
from ansible_collections.llamakeep.fleet.plugins.modules import managed

UNIT = {"name": "ollama.service", "answers": {"path": "/api/version"}}
UP = {"ollama.service": {"ActiveState": "active"}, "ollama-api.socket": {"ActiveState": "active"}}


class Handler(http.server.BaseHTTPRequestHandler):
    hosts: list[str] = []

    def do_GET(self):
        self.hosts.append(self.headers["Host"])
        self.send_response(200 if self.path == "/api/version" else 404)
        self.end_headers()

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture
def server():
    serving = http.server.ThreadingHTTPServer(("127.0.0.2", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield serving.server_port
    serving.shutdown()
    thread.join()
    serving.server_close()


@pytest.fixture
def hung():
    """A server that takes who comes, and says nothing."""
    with socket.create_server(("127.0.0.2", 0)) as listener:
        yield listener.getsockname()[1]


def doors(port, *at):
    return [{"name": "ollama-api", "into": "ollama.service", "port": port, "at": at or ["127.0.0.2"]}]


def test_who_answers_is_not_silent(server):
    assert silent(UNIT, doors(server), UP) == ""
    assert Handler.hosts[-1] == "localhost", "Ollama refuses every other name"


def test_the_nearest_of_its_addresses_is_asked(server):
    assert silent(UNIT, doors(server, "192.0.2.10", "127.0.0.2"), UP) == ""


@pytest.mark.parametrize("at", ["192.0.2.10", "2001:db8::10"])
def test_an_address_that_is_not_this_hosts_is_not_asked(at):
    assert silent(UNIT, doors(11434, at), UP) == ""


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_loopback_of_either_kind_comes_first(hung):
    assert silent(UNIT, doors(hung, "0.0.0.0"), UP, patience=0.2).endswith(f"at 127.0.0.1 port {hung}")
    assert silent(UNIT, doors(hung, "127.0.0.2", "::1"), UP, patience=0.2).endswith(f"at 127.0.0.2 port {hung}")
    assert silent(UNIT, doors(hung, "192.0.2.10", "::1"), UP, patience=0.2).endswith(f"at ::1 port {hung}")


def test_who_says_nothing_is(hung):
    said = f"active, and does not answer GET /api/version at 127.0.0.2 port {hung}"
    assert silent(UNIT, doors(hung), UP, patience=0.2) == said


def test_who_says_no_is(server):
    unit = {**UNIT, "answers": {"path": "/elsewhere"}}
    assert "does not answer GET /elsewhere" in silent(unit, doors(server), UP)


@pytest.mark.parametrize("gone", UP)
@pytest.mark.parametrize("state", ["inactive", "activating", "deactivating", "failed"])
def test_who_is_not_there_to_answer_is_not_asked(hung, gone, state):
    assert silent(UNIT, doors(hung), {**UP, gone: {"ActiveState": state}}) == ""


def test_one_without_a_door_is_asked_on_its_own_port(hung):
    unit = {"name": "x.service", "answers": {"port": hung, "path": "/metrics"}}
    seen = {"x.service": {"ActiveState": "active"}}
    assert silent(unit, doors(hung), seen, patience=0.2).endswith(f"at 127.0.0.1 port {hung}")


def test_one_whose_door_no_receipt_knows_is_not_asked():
    assert silent(UNIT, [], UP) == ""


class Units:
    """systemd, whose restart of a door brings it back to life, or does not."""

    def __init__(self):
        self.restarted = []

    def see(self, _names):
        return UP

    def refresh(self, name):
        self.restarted.append(name)


def heard(monkeypatch, *said):
    """Have the unit say these things one after the other; return what was restarted for it."""
    saying = iter(said)
    monkeypatch.setattr(managed, "silent", lambda *_: next(saying))
    one = object.__new__(managed.Managed)
    one.units, one.difference = Units(), SimpleNamespace(part=lambda _: doors(11434))
    one.check_health(UNIT)
    return one.units.restarted


def test_a_door_is_restarted_where_its_service_was_and_nobody_answers(monkeypatch):
    assert heard(monkeypatch, "nothing", "") == ["ollama-api.service"]


def test_a_door_is_left_alone_where_somebody_answers(monkeypatch):
    assert heard(monkeypatch, "", "") == []


def test_who_does_not_answer_after_all_is_refused(monkeypatch):
    with pytest.raises(Refusal, match="nothing, also after a restart"):
        heard(monkeypatch, "nothing", "nothing")
