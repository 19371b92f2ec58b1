"""A registry on loopback, good and bad."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from llamakeep.errors import Refusal
from llamakeep.lock import registry
from llamakeep.lock.resolve import Registries

DIGEST = "sha256:" + "5f" * 32
OTHER = "sha256:" + "6a" * 32
GOOD = (
    f'{{"schemaVersion":2,"config":{{"digest":"{DIGEST}","size":3}},'
    f'"layers":[{{"digest":"{OTHER}","size":40}},{{"digest":"{OTHER}","size":40}}]}}'
)
ANSWERS: dict[str, tuple[int, str, dict[str, str]]] = {
    "/v2/library/mistral/manifests/7b": (200, GOOD, {}),
    "/v2/someone/model/manifests/latest": (200, GOOD, {}),
    "/v2/library/moved/manifests/latest": (307, "", {"Location": "http://192.0.2.66/evil"}),
    "/v2/library/html/manifests/latest": (200, "<html>welcome to the hotel</html>", {}),
    "/v2/library/odd/manifests/latest": (200, '{"config":{"digest":"md5:1","size":1},"layers":[]}', {}),
    "/v2/library/down/manifests/latest": (503, "", {}),
}


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, body, headers = ANSWERS.get(self.path, (404, "", {}))
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def test_a_model_is_the_bytes_of_its_manifest(base: str) -> None:
    model = registry.resolve("mistral:7b", f"{base}/")
    assert model.manifest == GOOD
    assert model.digest == hashlib.sha256(GOOD.encode()).hexdigest()
    assert (model.size, model.registry, model.path) == (43, base, "library/mistral")


def test_a_namespace_is_kept(base: str) -> None:
    assert registry.resolve("someone/model:latest", base).path == "someone/model"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("moved:latest", "sends us to http://192.0.2.66/evil"),
        ("html:latest", "no manifest of a model"),
        ("odd:latest", "no manifest of a model"),
        ("down:latest", "answers 503"),
    ],
)
def test_what_is_no_good_answer(base: str, name: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        registry.resolve(name, base)


def test_an_unknown_model_is_named_with_registry_and_nearest(base: str) -> None:
    with pytest.raises(Refusal) as refused:
        Registries().find("mistrall:7b", (base,), ("mistral:7b",), "group_vars/llm_hosts.yml:4")
    assert refused.value.place == "group_vars/llm_hosts.yml:4"
    assert refused.value.found == f"no model mistrall:7b at {base}"
    assert "mistral:7b" in refused.value.remedy


def test_a_wrong_tag_of_a_known_family_is_told_apart(base: str) -> None:
    with pytest.raises(Refusal, match="is '77b' one of its tags"):
        Registries().find("mistral:77b", (base,), (), "here")


def test_the_next_source_is_asked_and_a_silent_one_only_once(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = registry.resolve

    def counting(name: str, source: str):
        asked.append(source)
        return real(name, source)

    monkeypatch.setattr("llamakeep.lock.resolve.resolve", counting)
    registries = Registries()
    nobody = "http://127.0.0.1:9"
    assert registries.find("mistral:7b", (nobody, base), (), "here").registry == base
    assert registries.find("someone/model:latest", (nobody, base), (), "here").registry == base
    assert asked.count(nobody) == 1
    with pytest.raises(Refusal, match="cannot be reached"):
        registries.find("unknown:latest", (nobody, base), (), "here")
