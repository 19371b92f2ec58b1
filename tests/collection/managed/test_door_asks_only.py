"""A door that is for asking alone: by which endpoint, which method and which spelling one comes through it."""

import json

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import endpoints
from scene import reply, scene

ALONE = {"manage_at": "127.0.0.1:11436"}
BLOB = f"/api/blobs/sha256:{'0' * 64}"
GETTING, POSTING = (*endpoints.LIST, *endpoints.STATE, "/v1/models/mistral:7b"), (*endpoints.ASK, *endpoints.LOOK)


async def ask(stage, method, target, *heads, body=b""):
    """Return the status, the head and the body of one answer, and whether the service was asked."""
    before = stage.service.requests
    reader, writer = await stage.probe()
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *heads]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    if method == "HEAD":
        head, text = await reader.readuntil(b"\r\n\r\n"), b""
    else:
        head, text = await reply(reader)
    writer.close()
    return int(head.split()[1]), head.decode().lower(), text.decode(), stage.service.requests > before


def asked(*each, **door):
    """Return what one door answers to several requests: (status, head, body, whether the service was asked)."""
    found = []

    @scene(**{**ALONE, **door})
    async def play(stage):
        for method, target, *heads in each:
            found.append(await ask(stage, method, target, *heads))

    play()
    return found


def statuses(*each, **door):
    return {(method, target): (status, inside) for (method, target, *_), (status, _, _, inside) in zip(
        each, asked(*each, **door), strict=True
    )}  # fmt: skip


def test_what_asks_comes_through():
    each = [*((m, path) for m in ("GET", "HEAD") for path in GETTING), *(("POST", path) for path in POSTING)]
    assert set(statuses(*each).values()) == {(200, True)}
    assert statuses(("GET", "/api/tags?x=/api/delete")) == {("GET", "/api/tags?x=/api/delete"): (200, True)}


def test_a_browser_may_ask_beforehand_what_a_page_may():
    each = [("OPTIONS", path, "Origin: http://localhost:3000") for path in (*GETTING, *POSTING)]
    assert set(statuses(*each).values()) == {(200, True)}
    assert set(statuses(*(("OPTIONS", path) for path in (*endpoints.MANAGE, BLOB))).values()) == {(403, False)}


def test_who_manages_is_told_where():
    each = [(m, path) for m in ("POST", "DELETE", "GET", "HEAD", "PUT") for path in (*endpoints.MANAGE, BLOB)]
    assert set(statuses(*each).values()) == {(403, False)}
    ((status, head, body, _),) = asked(("DELETE", "/api/delete"))
    assert (status, "content-type: application/json" in head) == (403, True)
    assert json.loads(body) == {
        "error": "models are managed at 127.0.0.1:11436 of this host, by root and the users in ollama_manage_users; "
        "here one may ask them"
    }


def test_another_method_is_told_which_one():
    for (method, path), (status, head, body, inside) in zip(
        each := [("POST", "/api/tags"), ("DELETE", "/v1/models/x"), ("GET", "/api/chat"), ("post", "/api/show")],
        asked(*each),
        strict=True,
    ):
        takes = "post" if path in POSTING else "get,head"
        assert (status, inside, f"allow: {takes}\r\n" in head) == (405, False, True), (method, path)
        assert set(json.loads(body)) == {"error"}


@pytest.mark.parametrize(
    "target",
    [
        *("/api/delete/", "/api//delete", "//api/delete", "/./api/delete", "/api/chat/../delete", "/API/delete"),
        *("/api/%64elete", "/%61pi/delete", "/api%2fdelete", "/api/delete%3f", "/api/delete;x", "/api/delete%00"),
        *("/api/chat/", "/api/chat%2f", "/v1/models/x/../../../api/delete", "/v1/models/..//api", "/api/blobs"),
        *("/api/me", "/api/signout", "/api/user/keys/x", "/api/experimental/aliases", "/props", "/debug/pprof", "*"),
        *("//", "/%2e", "/api/delete#x", "/apidelete", "/v1/images/generations"),
    ],
)
def test_what_is_spelled_in_another_way_is_no_endpoint(target):
    methods = ("POST", "DELETE", "GET", "delete")
    found = statuses(*((method, target) for method in methods))
    assert {inside for _, inside in found.values()} == {False}
    assert {status for status, _ in found.values()} <= {400, 403, 404}


def test_a_whole_address_in_the_first_line_is_read_as_its_path():
    each = [("DELETE", "http://localhost/api/delete"), ("POST", "http://localhost/api/create?x=/api/chat")]
    assert set(statuses(*each).values()) == {(403, False)}
    assert set(statuses(("GET", "http://localhost/api/tags")).values()) == {(200, True)}


def test_what_follows_on_the_same_connection_is_looked_at_too():
    @scene(**ALONE)
    async def play(stage):
        reader, writer = await stage.probe()
        ok = b"GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n"
        body = b"DELETE /api/delete HTTP/1.1\r\nHost: localhost\r\n\r\n"
        inner = b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        writer.write(ok + inner + body)
        found = [await reply(reader) for _ in range(3)]
        assert [int(head.split()[1]) for head, _ in found] == [200, 200, 403]
        assert found[1][1] == body
        assert stage.service.requests == 2

    play()


def test_what_would_turn_into_something_else_is_looked_at_too():
    key = ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
    found = asked(("GET", "/api/delete", "Connection: Upgrade", "Upgrade: websocket", *key))
    assert [(status, inside) for status, _, _, inside in found] == [(403, False)]


def test_who_is_refused_is_refused_while_the_service_is_away():
    @scene(**ALONE)
    async def play(stage):
        await stage.hold(1)
        assert (await ask(stage, "DELETE", "/api/delete"))[0] == 403

    play()


def test_a_door_that_does_not_say_so_lets_all_through():
    each = [("POST", path) for path in (*endpoints.MANAGE, BLOB, "/whatever")]
    assert set(statuses(*each, manage_at="").values()) == {(200, True)}
