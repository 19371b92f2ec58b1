"""What clients ask of a gateway, and what it says."""

import json
import ssl
import time

import pytest

from .conftest import KEY, LIMIT, SLOW_KEY

pytestmark = pytest.mark.lab


def test_both_apis_list_the_union_of_the_models(gateway):
    names = ["a-alone:latest", "b-alone:latest", "both:1b"]
    assert [model["name"] for model in gateway.ask("/api/tags").json["models"]] == names
    assert [model["id"] for model in gateway.ask("/v1/models").json["data"]] == names
    assert gateway.ask("/v1/models/a-alone").json["id"] == "a-alone"
    assert gateway.ask("/v1/models/nothing").status == 404


def test_the_list_tells_what_the_hosts_say_of_a_model_also_while_they_are_away(gateway):
    def both():
        return next(model for model in gateway.ask("/api/tags").json["models"] if model["name"] == "both:1b")

    assert both()["capabilities"] == ["completion", "tools"]
    assert both()["details"]["parameter_size"] == "1B"
    gateway.stop("llm-a", "llm-b")
    assert gateway.converge().changed == 0
    assert both()["capabilities"] == ["completion", "tools"]


KEYS = {
    "none": None,
    "another": "lk_" + "x" * 40,
    "junk": "x" * 10240,
    "trailing": KEY + " and more",
    "escaped": KEY + "\\n",
    "folded": KEY + "\r\n more",
    "bytes": "\xff\xfe",
    "empty": "",
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("path", ["/api/tags", "/api/pull", "/nothing", "/v1/models"])
def test_without_its_key_nobody_learns_anything(gateway, key, path):
    given = b"" if key is None else b"Authorization: Bearer " + key.encode("latin-1") + b"\r\n"
    with gateway.connect() as plug:
        plug.sendall(
            b"GET %s HTTP/1.1\r\nHost: api.gate.example\r\n%sConnection: close\r\n\r\n" % (path.encode(), given)
        )
        said = b"".join(iter(lambda: plug.recv(65536), b"")).decode()
    assert said.startswith("HTTP/1.1 401 "), said
    error = json.loads(said.partition("\r\n\r\n")[2])["error"]
    assert "Authorization: Bearer" in (error["message"] if path.startswith("/v1/") else error)


@pytest.mark.parametrize("path", ["pull", "push", "create", "delete", "copy", "blobs/sha256:ab", "ps"])
def test_managing_is_forbidden(gateway, path):
    assert gateway.ask(f"/api/{path}", {"model": "both:1b"}).status == 403


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/chat/", "/api//pull", "/api/%70ull", "/v1/files", "/api/chat/../pull"]
)
def test_what_is_not_listed_is_not_there(gateway, path):
    assert gateway.ask(path, {"model": "both:1b"}).status == 404
    assert gateway.counts() == {"llm-a": {}, "llm-b": {}}


def test_another_method_is_named_as_wrong(gateway):
    answer = gateway.ask("/api/chat", method="DELETE")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_errors_come_in_the_form_of_each_api(gateway):
    assert "no-such" in gateway.ask("/api/chat", {"model": "no-such"}).json["error"]
    openai = gateway.ask("/v1/chat/completions", {"model": 'no-"such"\n'})
    assert openai.status == 404
    assert openai.json["error"]["code"] == "model_not_found"
    assert 'no-"such"\n' in openai.json["error"]["message"]
    anthropic = gateway.ask("/v1/messages", {}, key=None, **{"x-api-key": KEY})
    assert (anthropic.status, anthropic.json["type"]) == (400, "error")


def test_a_host_is_told_neither_key_nor_name_nor_origin(gateway):
    given = {"Origin": "https://elsewhere.example", "Cookie": "a=b", "X-Llamakeep-Model": "b-alone:latest"}
    told = gateway.ask("/api/chat", {"model": "a-alone"}, **given).json["headers"]
    assert told["host"] == "localhost:11434"
    assert not {"authorization", "origin", "cookie", "x-llamakeep-model", "x-forwarded-for"} & set(told)
    assert gateway.counts() == {"llm-a": {"a-alone": 1}, "llm-b": {}}


def test_no_request_reaches_a_host_without_its_model(gateway):
    names = ["a-alone", "b-alone:latest", "A-Alone:LATEST", "registry.ollama.ai/library/b-alone"]
    padding = [0, 30000, 33000, 60000, 70000, 200000]

    def body(number):
        named, rest = {"model": names[number % 4]}, {"messages": [], "padding": "x" * padding[number % 6]}
        return {**named, **rest} if number % 3 == 0 else {**rest, **named}

    assert {answer.status for answer in gateway.ask_many([body(number) for number in range(200)])} == {200}
    assert gateway.counts() == {"llm-a": {"a-alone": 100}, "llm-b": {"b-alone": 100}}


@pytest.mark.parametrize("size", [10, 40000, 200000])
def test_a_body_without_a_model_reaches_nobody(gateway, size):
    for content in ({"messages": ["x" * size]}, ["x" * size], {"x": {"model": "a-alone"}, "y": "x" * size}):
        assert gateway.ask("/api/chat", content).status == 400
    assert gateway.ask("/api/chat", b'{"model": "a-alone" ' + b"x" * size).status == 400
    assert gateway.ask("/api/chat", b"\x00" * size).status == 400
    assert gateway.counts()["llm-b"] == {}


def chunks(content):
    yield from (content[at : at + 10000] for at in range(0, len(content), 10000))


def test_a_body_that_does_not_say_its_length_is_read_to_its_end(gateway):
    for size in (10, 100000):
        content = json.dumps({"padding": "x" * size, "model": "b-alone"}).encode()
        with gateway.connect() as plug:
            head = b"POST /api/chat HTTP/1.1\r\nHost: api.gate.example\r\nAuthorization: Bearer %s\r\n" % KEY.encode()
            plug.sendall(head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
            for part in chunks(content):
                plug.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            plug.sendall(b"0\r\n\r\n")
            said = b"".join(iter(lambda: plug.recv(65536), b""))
        assert b'"model": "b-alone"' in said
    assert gateway.counts() == {"llm-a": {}, "llm-b": {"b-alone": 2}}


def test_a_body_beyond_the_limit_is_refused(gateway):
    answer = gateway.ask("/v1/chat/completions", {"model": "both:1b", "padding": "x" * (LIMIT + 1)})
    assert answer.status == 413
    assert str(LIMIT) in answer.json["error"]["message"]
    assert gateway.counts() == {"llm-a": {}, "llm-b": {}}


def test_a_key_that_asks_too_often_is_told_when_to_come_back(gateway):
    answers = [gateway.ask("/api/show", {"model": "both:1b"}, key=SLOW_KEY) for _ in range(5)]
    statuses = [answer.status for answer in answers]
    # Where HAProxy's minute turns between two of them, its estimate is one request short.
    assert statuses in ([200, 200, 200, 429, 429], [200, 200, 200, 200, 429])
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert gateway.ask("/api/show", {"model": "both:1b"}).status == 200


def test_who_sends_a_byte_a_second_is_cut_and_holds_nobody_up(gateway):
    with gateway.connect() as slow:
        slow.sendall(
            b"POST /api/chat HTTP/1.1\r\nHost: api.gate.example\r\nAuthorization: Bearer %s\r\n" % KEY.encode()
        )
        slow.sendall(b"Content-Length: 1000\r\n\r\n")
        slow.settimeout(1)
        began, said = time.monotonic(), b""
        while not said and time.monotonic() - began < 30:
            slow.sendall(b"x")
            assert gateway.ask("/api/chat", {"model": "both:1b"}).status == 200
            try:
                said = slow.recv(4096)
            except (TimeoutError, ssl.SSLWantReadError):
                continue
        assert said.startswith(b"HTTP/1.1 408 ")
    assert 9 <= time.monotonic() - began <= 20


def test_the_log_tells_who_asked_what_and_nothing_of_the_prompt(gateway):
    prompt = "a sentence that nobody should read"
    assert gateway.ask("/api/chat", {"model": "A-ALONE", "messages": [prompt]}).status == 200
    assert gateway.ask("/api/chat?secret=" + prompt.replace(" ", "-"), {"model": prompt}).status == 404
    assert gateway.ask("/" + prompt.replace(" ", "-")).status == 404
    journal = gateway.journal()
    assert "client=ann" in journal
    assert "endpoint=/api/chat model=a-alone:latest status=200 host=llm-a" in journal
    assert not [line for line in journal.splitlines() if prompt[2:10] in line or KEY in line]


def test_metrics_are_for_this_host_alone(gateway):
    assert "haproxy_server_status" in gateway.sh("curl -sf http://127.0.0.1:8405/metrics")
    address = gateway.machine.address4
    assert gateway.sh(f"curl -s -m 3 http://{address}:8405/metrics; echo $?", check=False) == "7"


def test_another_name_is_not_served(gateway):
    assert gateway.ask("/api/tags", name="api.gate.example", Host="elsewhere.example").status == 421
