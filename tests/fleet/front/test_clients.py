"""The clients that people use: OpenAI's library, Ollama's, and curl, each with the errors of its own."""

import contextlib
import json
import subprocess
import time
from collections.abc import Callable

import httpx
import ollama
import openai
import pytest

from llamakeep_lab import gateway as fronts
from llamakeep_lab.gateway import Front

from .client import ask, connect
from .conftest import BOTH, ONE

pytestmark = pytest.mark.lab

TURN = [{"role": "user", "content": "Hello."}]
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
LONG = {"num_predict": 400}  # 20 s
WORDS = " word" * 5
Programs = dict[str, str]


@pytest.fixture(scope="module")
def keys(talkers: Front) -> Programs:
    """Keys by what became of them."""
    front = talkers
    made = {
        "good": front.key("add", "good"),
        "few": front.key("add", "few", "--rate", "3"),
        "older": front.key("add", "rotated"),
        "revoked": front.key("add", "revoked"),
        "replaced": front.key("add", "replaced"),
        "wrong": "lk_" + "x" * 40,
    }
    made["newer"] = front.key("rotate", "rotated", "--grace", "2")
    front.key("rotate", "replaced")
    front.key("revoke", "revoked")
    front.tell()
    return made


@pytest.fixture
def resolved(talkers: Front, monkeypatch: pytest.MonkeyPatch) -> Front:
    """Let the gateway's name be known to every library, as a resolver would."""
    import socket

    plain = socket.getaddrinfo

    def known(host: object, *words: object, **more: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        return plain(talkers.gateway.address4 if name == talkers.api else host, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", known)
    # What is read where no certificate is named to a library: no `verify=False` anywhere.
    monkeypatch.setenv("SSL_CERT_FILE", str(talkers.root))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return talkers


def base(front: Front) -> str:
    return f"https://{front.api}" + ("" if front.port == 443 else f":{front.port}")


@pytest.fixture
def by_openai(resolved: Front) -> Callable[..., openai.OpenAI]:
    def client(key: str, **more: object) -> openai.OpenAI:
        given = {"max_retries": 0, "timeout": 30, **more}
        return openai.OpenAI(base_url=f"{base(resolved)}/v1", api_key=key, **given)  # type: ignore[arg-type]

    return client


@pytest.fixture
def by_ollama(resolved: Front) -> Callable[..., ollama.Client]:
    def client(key: str, **more: object) -> ollama.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return ollama.Client(host=base(resolved), headers=headers, timeout=more.pop("timeout", 30), **more)

    return client


class TestOpenAI:
    def test_answers_come_whole_and_as_a_stream(self, by_openai, keys: Programs) -> None:
        chats = by_openai(keys["good"]).chat.completions
        assert chats.create(model=BOTH, messages=TURN, max_tokens=5).choices[0].message.content == WORDS
        pieces = [
            chunk.choices[0].delta.content
            for chunk in chats.create(model=BOTH, messages=TURN, max_tokens=5, stream=True)
        ]
        assert pieces == [" word"] * 5 + [None]

    def test_a_stream_arrives_as_it_is_spoken(self, by_openai, keys: Programs) -> None:
        stream = by_openai(keys["good"]).chat.completions.create(model=BOTH, messages=TURN, max_tokens=40, stream=True)
        came = [time.monotonic() for _ in stream]
        assert 1 < came[-1] - came[0] < 20  # 40 words, 20 a second
        assert len({round(at, 1) for at in came}) > 6

    def test_tools_and_what_is_called_pass_through(self, by_openai, keys: Programs) -> None:
        answer = by_openai(keys["good"]).chat.completions.create(model=BOTH, messages=TURN, tools=[TOOL])
        (call,) = answer.choices[0].message.tool_calls
        assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Paris"})
        assert answer.choices[0].finish_reason == "tool_calls"

    def test_embeddings(self, by_openai, keys: Programs) -> None:
        texts = ["one", "two"]
        answer = by_openai(keys["good"]).embeddings.create(model=BOTH, input=texts, encoding_format="float")
        assert [each.embedding for each in answer.data] == [[0.25, -0.5, 0.125]] * 2

    def test_models_are_the_union_of_the_hosts_lists(self, by_openai, keys: Programs) -> None:
        client = by_openai(keys["good"])
        names = [model.id for model in client.models.list()]
        assert names == ["codellama:latest", "llama2:latest", "mistral:latest"]
        assert client.models.retrieve(ONE).id == ONE

    @pytest.mark.parametrize("which", ["wrong", "revoked", "replaced"])
    def test_who_has_no_key_that_opens_is_told_so(self, by_openai, keys: Programs, which: str) -> None:
        with pytest.raises(openai.AuthenticationError) as raised:
            by_openai(keys[which]).chat.completions.create(model=BOTH, messages=TURN)
        assert raised.value.code == "invalid_api_key"
        assert "llamakeep key add" in raised.value.message
        with pytest.raises(openai.AuthenticationError):
            by_openai(keys[which]).models.list()

    @pytest.mark.parametrize("which", ["older", "newer"])
    def test_both_keys_open_in_the_days_of_grace(self, by_openai, keys: Programs, which: str) -> None:
        assert by_openai(keys[which]).chat.completions.create(model=BOTH, messages=TURN, max_tokens=1).choices

    def test_a_model_that_is_not_there(self, by_openai, keys: Programs) -> None:
        with pytest.raises(openai.NotFoundError) as raised:
            by_openai(keys["good"]).chat.completions.create(model="no-such", messages=TURN)
        assert raised.value.code == "model_not_found"
        with pytest.raises(openai.NotFoundError):
            by_openai(keys["good"]).models.retrieve("no-such")

    def test_an_endpoint_that_is_not_there(self, by_openai, keys: Programs) -> None:
        with pytest.raises(openai.NotFoundError):
            by_openai(keys["good"]).files.list()

    def test_a_question_without_a_model(self, by_openai, keys: Programs) -> None:
        with pytest.raises(openai.BadRequestError):
            by_openai(keys["good"]).post("/chat/completions", body={"messages": TURN}, cast_to=object)

    def test_who_asks_too_often_is_told_when_to_come_back(self, by_openai, keys: Programs) -> None:
        chats = by_openai(keys["few"]).chat.completions
        for _ in range(3):
            assert chats.create(model=BOTH, messages=TURN, max_tokens=1).choices
        with contextlib.suppress(openai.RateLimitError):
            # Where HAProxy's minute turns between two of them, its estimate is one request short.
            chats.create(model=BOTH, messages=TURN, max_tokens=1)
        with pytest.raises(openai.RateLimitError) as raised:
            chats.create(model=BOTH, messages=TURN, max_tokens=1)
        assert 1 <= int(raised.value.response.headers["retry-after"]) <= 60
        assert raised.value.code == "rate_limit_exceeded"

    def test_a_client_that_is_out_of_patience_leaves_no_work_behind(self, by_openai, keys: Programs, talkers) -> None:
        with pytest.raises(openai.APITimeoutError):
            by_openai(keys["good"], timeout=2).chat.completions.create(model=ONE, messages=TURN, max_tokens=600)
        assert idle(talkers)


class TestOllama:
    def test_answers_come_whole_and_as_a_stream(self, by_ollama, keys: Programs) -> None:
        client = by_ollama(keys["good"])
        assert client.chat(BOTH, TURN, options={"num_predict": 5}).message.content == WORDS
        pieces = [piece.response for piece in client.generate(BOTH, "Hello.", stream=True, options={"num_predict": 5})]
        assert pieces == [" word"] * 5 + [""]

    def test_tools_embeddings_lists_and_details(self, by_ollama, keys: Programs) -> None:
        client = by_ollama(keys["good"])
        (call,) = client.chat(BOTH, TURN, tools=[TOOL]).message.tool_calls
        assert (call.function.name, call.function.arguments) == ("weather", {"city": "Paris"})
        assert client.embed(BOTH, ["one", "two"]).embeddings == [[0.25, -0.5, 0.125]] * 2
        assert [model.model for model in client.list().models] == [
            "codellama:latest",
            "llama2:latest",
            "mistral:latest",
        ]

    @pytest.mark.parametrize("which", ["", "wrong", "revoked", "replaced"])
    def test_who_has_no_key_that_opens_is_told_so(self, by_ollama, keys: Programs, which: str) -> None:
        client = by_ollama(keys[which] if which else "")
        for question in (
            client.list,
            lambda: client.chat(BOTH, TURN),
            lambda: next(client.chat(BOTH, TURN, stream=True)),
        ):
            with pytest.raises(ollama.ResponseError) as raised:
                question()
            assert raised.value.status_code == 401
            assert "Authorization: Bearer" in raised.value.error

    def test_models_are_managed_elsewhere(self, by_ollama, keys: Programs) -> None:
        client = by_ollama(keys["good"])
        for forbidden in (
            lambda: client.pull(BOTH),
            lambda: next(client.pull(BOTH, stream=True)),
            lambda: client.push(BOTH),
            lambda: client.delete(BOTH),
            lambda: client.copy(BOTH, "mine"),
            lambda: client.create("mine", from_=BOTH),
            client.ps,
        ):
            with pytest.raises(ollama.ResponseError, match="managed on the hosts, by llamakeep") as raised:
                forbidden()
            assert raised.value.status_code == 403

    def test_a_model_that_is_not_there(self, by_ollama, keys: Programs) -> None:
        with pytest.raises(ollama.ResponseError, match="no-such") as raised:
            by_ollama(keys["good"]).chat("no-such", TURN)
        assert raised.value.status_code == 404

    def test_a_client_that_is_out_of_patience_leaves_no_work_behind(self, by_ollama, keys: Programs, talkers) -> None:
        with pytest.raises(httpx.TimeoutException):
            by_ollama(keys["good"], timeout=2).chat(ONE, TURN, options=LONG)
        assert idle(talkers)


class TestCurl:
    @pytest.fixture
    def curl(self, talkers: Front, keys: Programs) -> Callable[..., tuple[str, int]]:
        def run(path: str, body: object = None, which: str = "good", *words: str) -> tuple[str, int]:
            key = ["-H", f"Authorization: Bearer {keys[which]}"] if which else []
            sent = [] if body is None else ["-d", json.dumps(body)]
            name = f"{talkers.api}:{talkers.port}:{talkers.gateway.address4}"
            command = ["curl", "-sSN", "-w", "\n%{http_code}", "--cacert", talkers.root, "--resolve", name, *key, *sent]
            done = subprocess.run(
                [*command, *words, base(talkers) + path], capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == 0, done.stderr
            text, _, status = done.stdout.rpartition("\n")
            return text, int(status)

        return run

    def test_answers_come_whole_and_as_a_stream(self, curl) -> None:
        few = {"model": BOTH, "messages": TURN, "options": {"num_predict": 5}}
        text, status = curl("/api/chat", few)
        assert (status, [json.loads(line)["done"] for line in text.splitlines()]) == (200, [False] * 5 + [True])
        text, status = curl("/api/chat", {**few, "stream": False})
        assert (status, json.loads(text)["message"]["content"]) == (200, WORDS)
        text, _ = curl("/v1/chat/completions", {"model": BOTH, "messages": TURN, "stream": True, "max_tokens": 2})
        assert text.rstrip().endswith("data: [DONE]")

    @pytest.mark.parametrize("version", ["--http1.1", "--http2"])
    @pytest.mark.parametrize("which", ["", "wrong", "revoked"])
    def test_without_a_key(self, curl, which: str, version: str) -> None:
        text, status = curl("/api/tags", None, which, version)
        assert status == 401
        assert "Authorization: Bearer" in json.loads(text)["error"]

    @pytest.mark.parametrize("verb", ["pull", "delete"])
    def test_models_are_managed_elsewhere(self, curl, verb: str) -> None:
        words = ["-X", "DELETE"] if verb == "delete" else []
        text, status = curl(f"/api/{verb}", {"model": BOTH}, "good", *words)
        assert (status, "error" in json.loads(text)) == (403, True)


def test_a_stream_that_is_hung_up_on_is_cancelled_at_the_host(talkers: Front, keys: Programs) -> None:
    before = hung_up(talkers)
    plugs = [begun(talkers, keys["good"]) for _ in range(5)]
    assert sum(fronts.counts(host)["under_way"] for host in talkers.models) == 5
    for plug in plugs:
        plug.close()
    assert idle(talkers)
    assert hung_up(talkers) == before + 5


def test_who_reads_slowly_holds_up_nobody(talkers: Front, keys: Programs) -> None:
    torrent = {"num_predict": 200000, "tokens_per_second": 0}
    slow = [begun(talkers, keys["good"], **torrent) for _ in range(5)]
    try:
        time.sleep(3)  # every buffer on the way is full
        for _ in range(5):
            began = time.monotonic()
            answer = ask(talkers, keys["good"], "/api/chat", {"model": ONE, "options": {"num_predict": 20}})
            assert (answer.status, answer.text.count("\n")) == (200, 21)
            assert time.monotonic() - began < 5  # 1 s of talk
        assert slow[0].recv(1024)
    finally:
        for plug in slow:
            plug.close()
    assert idle(talkers)


def begun(front: Front, key: str, **options: object):
    """Return a connection on which an answer has begun to come."""
    body = json.dumps({"model": ONE, "options": options or LONG}).encode()
    plug = connect(front)
    head = f"POST /api/chat HTTP/1.1\r\nHost: {front.api}\r\nAuthorization: Bearer {key}\r\n"
    plug.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    assert plug.recv(1024).startswith(b"HTTP/1.1 200")
    return plug


def hung_up(front: Front) -> int:
    return sum(fronts.counts(host)["hung_up"] for host in front.models)


def idle(front: Front) -> bool:
    """Return whether the hosts have nothing to do within 20 seconds."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if not any(fronts.counts(host)["under_way"] for host in front.models):
            return True
        time.sleep(0.1)
    return False
