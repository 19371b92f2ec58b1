"""The verb `lock` on a whole inventory, with a registry on loopback."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from llamakeep import lock
from llamakeep.errors import Refusal
from llamakeep.lock import file

CONFIG = "sha256:" + "5f" * 32


class Registry(BaseHTTPRequestHandler):
    tags: dict[str, int]  # path -> size of its config

    def do_GET(self) -> None:
        size = self.tags.get(self.path)
        body = f'{{"config":{{"digest":"{CONFIG}","size":{size}}},"layers":[]}}'.encode()
        self.send_response(404 if size is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Path]:
    Registry.tags = {"/v2/library/mistral/manifests/7b": 1, "/v2/library/llama2/manifests/latest": 2}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "hosts").write_text(
        "[llm_hosts]\ngpu01 ansible_host=192.0.2.1\n[llm_hosts:vars]\n"
        f"ollama_models_sources=['http://127.0.0.1:{server.server_address[1]}']\n"
        "ollama_models_names=['mistral:7b', 'llama2']\n"
    )
    yield tmp_path
    server.shutdown()


def test_names_become_content_and_only_move_by_name(office: Path) -> None:
    moves = lock.extend(str(office))
    assert [(move.name, move.before) for move in moves.moves] == [("llama2:latest", None), ("mistral:7b", None)]
    first = (office / "llamakeep.lock").read_bytes()
    Registry.tags["/v2/library/mistral/manifests/7b"] = 9
    assert lock.extend(str(office)).moves == ()
    assert (office / "llamakeep.lock").read_bytes() == first
    (moved,) = lock.extend(str(office), ("mistral:7b",)).moves
    assert (moved.name, moved.size) == ("mistral:7b", 9)
    assert moved.before != moved.after


def test_an_unknown_name_does_not_keep_the_others_out(office: Path) -> None:
    hosts = office / "hosts"
    hosts.write_text(hosts.read_text().replace("'llama2'", "'llama2', 'mistrall:7b'"))
    with pytest.raises(Refusal) as refused:
        lock.extend(str(office))
    assert "no model mistrall:7b at http://127.0.0.1:" in str(refused.value)
    assert "did you mean mistral" in str(refused.value)
    assert refused.value.place == f"{hosts}:5"
    assert sorted(file.read_own(office / "llamakeep.lock").models) == ["llama2:latest", "mistral:7b"]
