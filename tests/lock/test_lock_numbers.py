"""The verb `lock` reads what an estimate needs, once, and moves nothing for it."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from llamakeep import lock
from llamakeep.lock import file, page
from llamakeep.lock.lock import Dimensions
from llamakeep.lock.move import Moves
from llamakeep_lab.registry import tiny

IMAGE = "application/vnd.ollama.image."
GGUF = tiny.gguf("mistral", "tiny")
PARAMS = b'{"num_ctx": 8192, "num_batch": true, "stop": ["[INST]"]}'


class Registry(BaseHTTPRequestHandler):
    manifests: dict[str, bytes]
    blobs: dict[str, bytes]
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = self.manifests.get(self.path) or self.blobs.get(self.path.rpartition(":")[2])
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *args: object) -> None:
        pass


def manifest(**layers: bytes) -> bytes:
    def part(kind: str, body: bytes) -> dict[str, object]:
        digest = hashlib.sha256(body).hexdigest()
        Registry.blobs[digest] = body
        return {"mediaType": IMAGE + kind, "digest": f"sha256:{digest}", "size": len(body)}

    return json.dumps({"config": part("config", b"{}"), "layers": [part(*each) for each in layers.items()]}).encode()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Path]:
    Registry.blobs, Registry.asked = {}, []
    Registry.manifests = {
        "/v2/library/mistral/manifests/7b": manifest(model=GGUF, params=PARAMS, projector=b"x" * 77),
        "/v2/library/broken/manifests/latest": manifest(model=b"PK\3\4 no model at all"),
        "/v2/library/other/manifests/latest": manifest(template=b"{{ .Prompt }}"),
        "/v2/library/strange/manifests/latest": manifest(
            model=GGUF.replace(b"\5\0\0\0\0\0\0\0llama", b"\5\0\0\0\0\0\0\0lhasa")
        ),
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    (tmp_path / "hosts").write_text(
        "[llm_hosts]\ngpu01 ansible_host=192.0.2.1\n[llm_hosts:vars]\n"
        f"ollama_models_sources=['http://127.0.0.1:{server.server_address[1]}']\n"
        "ollama_models_names=['mistral:7b', 'broken', 'other', 'strange']\n"
    )
    yield tmp_path
    server.shutdown()
    server.server_close()


def numbers(office: Path, name: str = "mistral:7b") -> Dimensions | None:
    return file.read_own(office / "llamakeep.lock").models[name].dimensions


def said(moves: Moves) -> str:
    out = StringIO()
    page.show(moves, Console(file=out, width=160), 1)
    return out.getvalue()


def test_a_new_model_comes_with_its_numbers_and_a_broken_one_without(office: Path) -> None:
    moves = lock.extend(str(office))
    assert len(moves.moves) == 4
    found = numbers(office)
    assert found is not None
    assert (found.architecture, found.blocks, found.num_ctx, found.num_batch, found.projector) == (
        "llama",
        2,
        8192,
        0,
        77,
    )
    assert found.file == len(GGUF)
    assert numbers(office, "broken:latest") is numbers(office, "other:latest") is None
    strange = numbers(office, "strange:latest")
    assert strange is not None
    assert not strange.known
    printed = said(moves)
    assert f"mistral:7b: numbers for the memory estimate read, {len(GGUF) / 1024:.1f} KiB" in printed
    assert "no memory estimate for broken:latest: http://127.0.0.1" in printed
    assert "no GGUF file: it begins with b'PK" in printed
    assert "no memory estimate for other:latest: holds no GGUF file" in printed
    assert "strange:latest: numbers for the memory estimate read" in printed
    assert "not known here: no estimate" in printed


def forgotten(office: Path) -> bytes:
    """Take the numbers of mistral out of the lock, as one of before has none; return its bytes with them."""
    path = office / "llamakeep.lock"
    written = path.read_bytes()
    path.write_bytes(b"".join(line for line in written.splitlines(keepends=True) if b"num_ctx" not in line))
    assert numbers(office) is None
    return written


def test_a_lock_of_before_gets_its_numbers_and_moves_nothing(office: Path) -> None:
    lock.extend(str(office))
    written = forgotten(office)
    Registry.manifests.clear()  # by digest alone: the tag may long mean something else
    moves = lock.extend(str(office))
    assert moves.moves == ()
    assert [(reading.name, bool(reading.trouble)) for reading in moves.readings] == [
        ("broken:latest", True),
        ("mistral:7b", False),
        ("other:latest", True),
    ]
    assert (office / "llamakeep.lock").read_bytes() == written


def test_numbers_that_are_there_are_not_read_again(office: Path) -> None:
    lock.extend(str(office))
    Registry.asked.clear()
    lock.extend(str(office))
    assert not [path for path in Registry.asked if hashlib.sha256(GGUF).hexdigest() in path]
    lock.extend(str(office), ("mistral:7b",))
    assert [path for path in Registry.asked if hashlib.sha256(GGUF).hexdigest() in path]


def test_an_upgrade_to_the_same_content_keeps_numbers_that_cannot_be_read_now(office: Path) -> None:
    lock.extend(str(office))
    kept = numbers(office)
    Registry.blobs.clear()
    moves = lock.extend(str(office), ("mistral:7b",))
    assert moves.unmoved == ("mistral:7b",)
    assert numbers(office) == kept


def test_another_registry_helps_out(office: Path) -> None:
    lock.extend(str(office))
    forgotten(office)
    path = office / "llamakeep.lock"
    path.write_text(
        path.read_text()
        .replace("registry: http://127.0.0.1", "registry: http://127.0.0.1:9/x", 4)
        .replace(":9/x:", ":9/x")
    )
    moves = lock.extend(str(office))
    assert [reading.trouble for reading in moves.readings if reading.name == "mistral:7b"] == [""]
    assert numbers(office) is not None
