"""A mirror of one's own is spoken to directly; a proxy that is used is named."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import route


@pytest.fixture
def proxy(monkeypatch):
    """A proxy that refuses everything, in the environment of the host."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *unused):
            pass

        def do_GET(self):
            asked.append(self.path)
            self.send_error(403)

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("http_proxy", f"http://ann:secret@127.0.0.1:{server.server_address[1]}")
    monkeypatch.delenv("no_proxy", raising=False)
    yield asked
    server.shutdown()
    server.server_close()


def test_a_mirror_in_the_own_network_is_spoken_to_directly(bring, registry, proxy):
    assert bring(registry.model("mistral:7b", b"weights", b"config"))["changed"]
    assert proxy == []


def test_a_proxy_that_is_used_is_named_without_its_password(bring, registry, proxy, monkeypatch):
    monkeypatch.setattr(route, "_is_near", lambda _host: False)
    answer = bring(registry.model("mistral:7b", b"weights", b"config"))
    assert "said: HTTP 403 Forbidden (asked through the proxy http://127.0.0.1:" in answer["msg"]
    assert "secret" not in answer["msg"]
    assert len(proxy) == 2


def test_what_no_proxy_names_is_spoken_to_directly(bring, registry, proxy, monkeypatch):
    monkeypatch.setattr(route, "_is_near", lambda _host: False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert bring(registry.model("mistral:7b", b"weights", b"config"))["changed"]
    assert proxy == []


@pytest.mark.parametrize(
    ("host", "near"),
    [("127.0.0.1", True), ("::1", True), ("192.168.1.9", True), ("10.0.0.1", True), ("fd00::1", True),
     ("1.1.1.1", False), ("2606:4700::1111", False), ("no-such-name.invalid", False)],
)  # fmt: skip
def test_near_is_what_lies_in_a_network_of_ones_own(host, near):
    assert route._is_near(host) is near


def test_urls_are_shown_without_what_is_secret_in_them():
    assert route.shown("https://ann:pw@mirror.example/a.tgz?token=x") == "https://mirror.example/a.tgz"
