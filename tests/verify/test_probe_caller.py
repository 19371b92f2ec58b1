"""A caller without a key before gateways that are as they should be, and before others."""

import json
import os
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import internal_ca, leaf_certificate

from llamakeep.services.gateway.verified.evidence import GatewayCall
from llamakeep.services.open_webui.verified import look as chat
from llamakeep.verify.probe import caller, connection, files

ROOT = internal_ca.make(["lab.example"], internal_ca.now())
OTHER = internal_ca.make(["lab.example"], internal_ca.now())


class Gateway(BaseHTTPRequestHandler):
    """Answers as the real one does: other names 421, programs without a key 401, the chat its own words."""

    protocol_version = "HTTP/1.1"
    status = 401

    def _answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name, path = self.headers["Host"], self.path.partition("?")[0]
        status, body = self.status, {"error": "no key"}
        if not name.endswith("lab.example"):
            status = 421
        elif name.startswith("chat."):
            status = {"/": 200, "/api/config": 200, "/api/v1/auths/signup": 403}.get(path, 401)
            body = {"version": "0.12.4"} if path == "/api/config" else {"detail": "no"}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815 - named by the standard library

    def log_message(self, *args):
        pass


class Open(Gateway):
    status = 200


def serve(handler, pem=None, folder=None):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if pem is not None:
        path = folder / "gateway.pem"
        path.write_text(pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def leaf():
    return leaf_certificate.issue(ROOT, ["chat.lab.example", "api.lab.example"], internal_ca.now())


def call(port, root=ROOT, **more):
    request = {
        "address": "127.0.0.1",
        "port": port,
        "domain": "lab.example",
        "has_chat": True,
        "root": internal_ca.pem(root.certificate) if root else "",
        "nonce": "n0nce",
        "patience": 5.0,
        "foreign_host": "rebound.example",
    }
    said = caller.Call(request | more).all()
    return GatewayCall.model_validate({"caller": "somebody", **said})


@pytest.fixture
def port(tmp_path, leaf, request):
    server = serve(getattr(request, "param", Gateway), leaf, tmp_path)
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_gateway_as_it_should_be(port):
    seen = call(port)
    assert set(seen.trust.values()) == {""}
    assert {each.status for each in (*seen.unkeyed, *seen.miskeyed, *seen.unauthenticated)} == {401}
    assert (seen.foreign.status, seen.sign_up.status, seen.file.status) == (421, 403, 401)
    assert seen.config.version == "0.12.4"
    assert seen.page.headers["x-frame-options"] == "DENY"
    assert seen.plain.status == 0
    assert seen.plain.error
    assert {"POST /api/pull: 401", "DELETE /api/delete: 401"} <= {each.in_words for each in seen.unkeyed}


@pytest.mark.parametrize("port", [Open], indirect=True)
def test_one_that_is_open_is_seen_as_it_is(port):
    assert {each.status for each in call(port).unkeyed} == {200}


def test_who_trusts_another_root_does_not_trust_it(port):
    assert set(call(port, OTHER).trust.values()) != {""}


def test_without_a_root_nobody_says_who_is_trusted(port):
    assert set(call(port, None).trust.values()) == {""}


def test_a_certificate_for_other_names_is_not_trusted(port):
    seen = call(port, domain="other.lab.example")
    assert all("certificate" in why for why in seen.trust.values())


def test_nobody_there_is_said_once_and_quickly():
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    seen = call(port)
    assert {each.error for each in (*seen.unkeyed, seen.plain, seen.foreign, seen.page)} == {"refused"}
    assert set(seen.trust.values()) == {"refused"}


def test_what_speaks_no_tls_is_an_answer_too(tmp_path):
    server = serve(Gateway)
    seen = call(server.server_address[1], patience=2.0)
    server.shutdown()
    server.server_close()
    assert seen.plain.status == 401
    assert all(each.error for each in seen.unkeyed)


def test_no_nonce_is_in_what_is_said_of_a_call(port):
    assert "n0nce" not in call(port).model_dump_json()


def test_a_chat_is_told_from_a_server_of_models():
    class Chat(Gateway):
        def do_GET(self):
            text = b'{"version": "0.12.4", "deployment_id": ""}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = serve(Chat)
    assert connection.speaks(*server.server_address, 5.0) == "open-webui"
    server.shutdown()
    server.server_close()


@pytest.fixture
def keys(tmp_path, monkeypatch):
    monkeypatch.setattr(chat, "_KEYS", tmp_path)
    (tmp_path / "secret_key").write_text("k" * 64)
    return tmp_path


def test_long_secrets_are_none_of_the_weak(keys):
    (keys / "admin_password").write_text("correct horse battery staple\n")
    assert chat.weak() == []


@pytest.mark.parametrize("password", ["", "short", "ChangeMe", "password"])
def test_a_password_that_is_tried_first_is_weak_and_not_shown(keys, password):
    (keys / "admin_password").write_text(password)
    assert chat.weak() == ["the first administrator's password is one of those that are tried first"]


@pytest.mark.parametrize(
    ("text", "says"), [("abc", "has 3 characters"), ("", "has 0 characters"), (None, "is missing")]
)
def test_a_short_session_key_is_weak(keys, text, says):
    (keys / "secret_key").unlink()
    if text is not None:
        (keys / "secret_key").write_text(text)
    assert chat.weak() == [f"the key that signs sessions {says}"]


def test_a_file_that_is_not_there_has_no_mode(tmp_path):
    (tmp_path / "a").touch(mode=0o640)
    (tmp_path / "a").chmod(0o640)
    (seen,) = files.files([tmp_path / "a", tmp_path / "b"])
    assert (seen["mode"], seen["owner"]) == ("0640", "root" if os.geteuid() == 0 else seen["owner"])
