"""What clients do wrong, and what the gateway says to it: always soon, always in words."""

import concurrent.futures
import json
import time

import pytest

from .conftest import KEY, LIMIT, sha256

pytestmark = pytest.mark.lab
NAMES = "--resolve api.gate.example:443:127.0.0.1 --cacert /root/trusted.pem"


@pytest.fixture(scope="module")
def curl(converged):
    """Ask as programs do, on the gateway's own host: `curl(words)` returns the status and what was said."""
    converged.machine.put("/root/trusted.pem", converged.trusted.encode())
    converged.machine.put("/root/key", f"Authorization: Bearer {KEY}\n".encode(), 0o600)

    def run(path, words, key=True):
        given = "-H @/root/key" if key else ""
        line = f"curl -s -m 60 {NAMES} {given} -w '\\n%{{http_code}} %{{http_version}}' {words}"
        said = converged.sh(f"{line} https://api.gate.example{path}", check=False)
        text, _, tail = said.rpartition("\n")
        status, version = tail.split()
        return int(status), text, version

    return run


def raw(gateway, text, patience=15):
    """Send bytes as they are, and return the first that is said to them."""
    with gateway.connect() as plug:
        plug.sendall(text)
        plug.settimeout(patience)
        return plug.recv(65536).decode()


@pytest.mark.parametrize(("path", "field"), [("/api/chat", "error"), ("/v1/chat/completions", "message")])
@pytest.mark.parametrize("more", ["", "-H 'Transfer-Encoding: chunked'", "-H 'Expect:'", "--http1.1"])
def test_50_megabytes_are_refused_in_the_form_of_each_api(gateway, curl, path, field, more):
    gateway.sh("test -f /root/long || head -c 52428800 /dev/zero | tr '\\0' x > /root/long")
    status, text, _ = curl(path, f"-X POST --data-binary @/root/long {more}")
    assert status == 413, text
    error = json.loads(text)["error"]
    assert str(LIMIT) in (error if field == "error" else error["message"])
    assert gateway.counts() == {"llm-a": {}, "llm-b": {}}


@pytest.mark.parametrize("length", [LIMIT + 1, 2**31 + 1, 2**32 + 1, 2**63 - 1, 2**64 - 1])
@pytest.mark.parametrize("body", [b"", b'{"model": "both:1b"}'])
def test_a_length_of_more_than_32_bits_is_none_the_less_too_long(gateway, length, body):
    head = f"POST /api/chat HTTP/1.1\r\nHost: api.gate.example\r\nAuthorization: Bearer {KEY}\r\n"
    said = raw(gateway, f"{head}Content-Length: {length}\r\n\r\n".encode() + body)
    assert said.startswith("HTTP/1.1 413 "), said
    assert gateway.counts() == {"llm-a": {}, "llm-b": {}}


def with_key(key, version="1.1"):
    return f"GET /v1/models HTTP/{version}\r\nHost: api.gate.example\r\nAuthorization: Bearer {key}\r\n\r\n".encode()


def test_a_key_with_a_bare_line_feed_in_it_is_no_http(gateway):
    assert raw(gateway, with_key(KEY[:20] + "\n" + KEY[20:])).startswith("HTTP/1.1 400 ")


@pytest.mark.parametrize("between", [" ", "\r\n ", "\\n"])
def test_a_key_with_a_break_in_it_is_answered_by_words(gateway, between):
    said = raw(gateway, with_key(KEY[:20] + between + KEY[20:]))
    assert said.split()[1] == "401", said
    error = json.loads(said.partition("\r\n\r\n")[2])["error"]["message"]
    assert "on one line" in error


@pytest.mark.parametrize("around", [" {} ", "   {}", "{}   "])
def test_blanks_around_a_key_do_no_harm(gateway, around):
    said = raw(gateway, with_key(around.format(KEY)))
    assert said.split()[1] == "200", said


@pytest.mark.parametrize("text", [b"\x16\x03\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /\x01 HTTP/1.1\r\n\r\n"])
def test_what_is_no_http_is_answered_and_not_left_waiting(gateway, text):
    assert raw(gateway, text, patience=8).split()[1] in ("400", "401", "421")


@pytest.mark.parametrize("version", ["--http2", "--http1.1"])
def test_both_versions_of_http_do_the_same(gateway, curl, version):
    status, text, spoken = curl("/api/chat", f'{version} -d \'{{"model":"both:1b"}}\'')
    assert (status, json.loads(text)["model"], spoken) == (200, "both", {"--http2": "2", "--http1.1": "1.1"}[version])
    status, text, _ = curl("/api/chat", f'{version} -d \'{{"model":"both:1b","stream":true}}\'')
    assert text.splitlines()[-1] == '{"part": 19, "done": true}'
    status, text, _ = curl("/api/chat", f'{version} -d \'{{"model":"none"}}\'')
    assert status == 404


def test_head_tells_what_get_would_without_its_body(gateway, curl):
    for path, wanted in (
        ("/api/tags", 200),
        ("/v1/models", 200),
        ("/api/chat", 405),
        ("/", 404),
    ):
        status, text, _ = curl(path, "-I")
        assert status == wanted
        assert "{" not in text


def test_a_page_of_another_origin_is_not_let_in(gateway, curl):
    asks = "-X OPTIONS -i -H 'Origin: https://elsewhere.example' -H 'Access-Control-Request-Method: POST'"
    for key in (False, True):
        status, text, _ = curl("/v1/chat/completions", asks, key=key)
        assert status == (405 if key else 401)
        assert "access-control-allow" not in text.lower()
    status, text, _ = curl("/api/tags", "-i -H 'Origin: https://elsewhere.example'")
    assert status == 200
    assert "access-control-allow" not in text.lower()


@pytest.mark.parametrize("size", [10, 40000, 200000])
def test_who_waits_to_be_asked_for_the_body_is_asked(gateway, size):
    body = json.dumps({"model": "both:1b", "padding": "x" * size}).encode()
    head = f"POST /api/chat HTTP/1.1\r\nHost: api.gate.example\r\nAuthorization: Bearer {KEY}\r\n"
    head += f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with gateway.connect() as plug:
        plug.settimeout(15)
        plug.sendall(head.encode())
        assert plug.recv(4096).startswith(b"HTTP/1.1 100 ")
        plug.sendall(body)
        said = b"".join(iter(lambda: plug.recv(65536), b""))
    assert said.startswith(b"HTTP/1.1 200 "), said


def test_who_would_be_refused_is_not_asked_for_the_body(gateway):
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: api.gate.example\r\n"
    head += "Content-Length: 52428800\r\nExpect: 100-continue\r\n"
    assert " 401 " in raw(gateway, f"{head}\r\n".encode()).splitlines()[0]
    assert " 413 " in raw(gateway, f"{head}Authorization: Bearer {KEY}\r\n\r\n".encode()).splitlines()[0]


def slow(gateway, head):
    """Begin a request and leave it there."""
    plug = gateway.connect()
    plug.sendall(head)
    return plug


def test_clients_that_send_long_bodies_slowly_hold_up_nobody_but_their_own_key(gateway):
    head = f"POST /api/chat HTTP/1.1\r\nHost: api.gate.example\r\nAuthorization: Bearer {KEY}\r\n"
    head = f"{head}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n".encode()
    keys = {**gateway.settings["gateway_keys"], "bob": {"sha256": sha256("lk_bob")}}
    assert gateway.converge(gateway_keys=keys).code == 0
    plugs = [slow(gateway, head) for _ in range(20)]
    try:
        time.sleep(1)
        long = {"padding": "x" * 100000, "model": "both:1b"}
        began = time.monotonic()
        assert gateway.ask("/api/chat", long, key="lk_bob").status == 200
        assert gateway.ask("/api/chat", {"model": "both:1b"}).status == 200
        assert time.monotonic() - began < 6  # held up, they would wait for the 10 s of `timeout http-request`
    finally:
        for plug in plugs:
            plug.close()
    assert gateway.ask("/api/chat", long).status == 200
    assert gateway.converge().code == 0


def rss(gateway):
    """Return what the gateway's processes keep in memory, in KiB."""
    return sum(map(int, gateway.sh("ps -o rss= -u llamakeep-gateway").split()))


def test_clients_that_read_a_byte_a_second_hold_up_nobody_and_no_memory(gateway):
    ask = f"POST /api/show HTTP/1.1\r\nHost: api.gate.example\r\nAuthorization: Bearer {KEY}\r\n"
    body = json.dumps({"model": "both:1b", "answer": 8_000_000}).encode()
    before = rss(gateway)

    def reader(_):
        plug = gateway.connect()
        plug.sendall(f"{ask}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return plug

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        plugs = list(pool.map(reader, range(30)))
    try:
        for _ in range(5):
            for plug in plugs:
                plug.settimeout(30)
                assert len(plug.recv(1)) == 1
            began = time.monotonic()
            assert {answer.status for answer in gateway.ask_many([{"model": "both:1b"}] * 8)} == {200}
            assert time.monotonic() - began < 9
            time.sleep(1)
        grown = rss(gateway) - before
        assert grown < 30 * 500, f"{grown} KiB for 30 readers"
    finally:
        for plug in plugs:
            plug.close()


def test_ten_thousand_keys_are_in_force_after_one_reload(gateway):
    many = {f"client{number}": {"sha256": sha256(f"lk_{number}")} for number in range(10_000)}
    began = time.monotonic()
    done = gateway.converge(gateway_keys={**gateway.settings["gateway_keys"], **many})
    took = time.monotonic() - began
    assert done.code == 0, done.text
    assert {gateway.ask("/api/tags", key=f"lk_{number}").status for number in (0, 5000, 9999)} == {200}
    assert gateway.ask("/api/tags", key="lk_10000").status == 401
    began = time.monotonic()
    gateway.sh("systemctl reload llamakeep-gateway")
    assert time.monotonic() - began < 10
    assert gateway.converge().code == 0
    assert gateway.ask("/api/tags", key="lk_5000").status == 401
    assert took < 240, f"{took:.0f} s"


def test_a_name_that_leads_nowhere_is_a_warning(gateway):
    done = gateway.converge("--check")
    assert done.code == 0
    assert "gate: chat.gate.example leads to no address" in " ".join(done.text.split())
