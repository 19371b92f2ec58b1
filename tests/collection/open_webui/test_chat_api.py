"""Asking the program in the name of its first administrator."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import sqlite3
import threading

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import chat_administrator, chat_api
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

ACCOUNT = {"id": "02eb", "session_stamp": "28c7"}
ANSWERS = {
    "/ok": (200, b'{"fine": true}'),
    "/page": (200, b"<!doctype html>"),
    "/refused": (401, b'{"detail": "Not authenticated"}'),
    "/broken": (502, b"<html>bad gateway"),
}


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_token_is_signed_with_the_key_and_soon_over():
    head, claims, signature = chat_api.token(ACCOUNT, "key", now=1000).split(".")
    assert decoded(head) == {"alg": "HS256", "typ": "JWT"}
    said = decoded(claims)
    assert (said["id"], said["session_stamp"], said["exp"]) == ("02eb", "28c7", 1000 + chat_api.LIFETIME)
    right = hmac.new(b"key", f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "==") == right


@pytest.mark.parametrize(
    ("addresses", "url"),
    [
        (["127.0.0.1"], "http://127.0.0.1:80"),
        (["192.0.2.7", "127.0.0.1"], "http://127.0.0.1:80"),
        (["192.0.2.7"], "http://192.0.2.7:80"),
        (["2001:db8::7"], "http://[2001:db8::7]:80"),
        (["::"], "http://[::1]:80"),
    ],
)
def test_the_door_is_asked_where_it_listens(addresses, url):
    assert chat_api.door(addresses, 80) == url


@pytest.fixture(scope="module")
def chat():
    class Program(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = ANSWERS[self.path]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Program) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield chat_api.Chat(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


def test_what_it_answers_is_read(chat):
    assert chat.ask("/ok") == {"fine": True}


def test_a_page_is_no_answer_though_it_says_200(chat):
    with pytest.raises(Refusal, match="answers with a page"):
        chat.ask("/page")


@pytest.mark.parametrize(("path", "says"), [("/refused", "Not authenticated"), ("/broken", "bad gateway")])
def test_what_it_refuses_is_said_in_its_words(chat, path, says):
    with pytest.raises(chat_api.Answer) as refused:
        chat.ask(path)
    assert says in str(refused.value.refusal("here"))


def test_where_nobody_answers_that_is_said():
    with pytest.raises(chat_api.Silent, match="nobody answers"):
        chat_api.Chat("http://127.0.0.1:1").ask("/ok")


def database(folder, stamps=True):
    with contextlib.closing(sqlite3.connect(folder / "webui.db")) as made:
        made.execute("create table user (id text, email text, role text, created_at int)")
        made.execute(f"create table auth (id text, active bool{', session_stamp text' if stamps else ''})")
        users = [
            ("1", "u@x", "user", 1),
            ("2", "off@x", "admin", 2),
            ("3", "a@x", "admin", 3),
            ("4", "b@x", "admin", 4),
        ]
        made.executemany("insert into user values (?, ?, ?, ?)", users)
        for user, *_ in users:
            made.execute("insert into auth (id, active) values (?, ?)", (user, user != "2"))
        if stamps:
            made.execute("update auth set session_stamp = 's' || id")
        made.commit()


@pytest.mark.parametrize("stamps", [True, False])
def test_the_first_administrator_is_found_in_databases_of_older_versions_too(tmp_path, monkeypatch, stamps):
    monkeypatch.setattr(chat_administrator, "_shown", lambda name: "0")
    database(tmp_path, stamps)
    found = chat_administrator.find(str(tmp_path))
    assert found == {"id": "3", "email": "a@x", "session_stamp": "s3" if stamps else None}


def test_a_database_without_an_administrator_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(chat_administrator, "_shown", lambda name: "0")
    database(tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "webui.db")) as made:
        made.execute("update user set role = 'user'")
        made.commit()
    with pytest.raises(Refusal, match="none of its users is an administrator"):
        chat_administrator.find(str(tmp_path))


def test_a_database_that_is_not_there_or_is_none_is_said(tmp_path):
    with pytest.raises(chat_api.Silent):
        chat_administrator.of_file(str(tmp_path / "webui.db"))
    (tmp_path / "webui.db").write_bytes(b"no database" * 100)
    with pytest.raises(Refusal, match="cannot be read"):
        chat_administrator.of_file(str(tmp_path / "webui.db"))
