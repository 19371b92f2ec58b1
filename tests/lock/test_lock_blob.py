"""The first bytes of a blob, from registries good and bad on loopback."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from llamakeep.errors import Refusal
from llamakeep.lock import blob
from llamakeep.lock.manifest import Layer

DATA = bytes(range(256)) * 4096
DIGEST = hashlib.sha256(DATA).hexdigest()
LAYER = Layer(DIGEST, len(DATA))


class Registry(BaseHTTPRequestHandler):
    """Each folder below /v2/ is another kind of registry."""

    storage: str
    asked: list[tuple[str, str | None, dict[str, str]]]

    def do_GET(self) -> None:
        kind = self.path.split("/")[2] if self.path.startswith("/v2/") else "storage"
        self.asked.append((self.headers["Host"], self.headers["Range"], dict(self.headers)))
        getattr(self, f"_{kind}", self._missing)()

    def _good(self) -> None:
        self._answer(307, b"", Location=f"{self.storage}/data")

    def _storage(self) -> None:
        first, last = (int(number) for number in self.headers["Range"].removeprefix("bytes=").split("-"))
        piece = DATA[first : last + 1]
        self._answer(206, piece, **{"Content-Range": f"bytes {first}-{first + len(piece) - 1}/{len(DATA)}"})

    def _whole(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        for at in range(0, len(DATA), 1 << 14):
            self.wfile.write(DATA[at : at + (1 << 14)])

    def _cut(self) -> None:
        self.send_response(206)
        self.send_header("Content-Range", f"bytes 0-999/{len(DATA)}")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(DATA[:400])

    def _elsewhere(self) -> None:
        self._answer(206, DATA[:10], **{"Content-Range": f"bytes 50-59/{len(DATA)}"})

    def _other(self) -> None:
        self._answer(206, DATA[:10], **{"Content-Range": "bytes 0-9/777"})

    def _file(self) -> None:
        self._answer(307, b"", Location="file:///etc/passwd")

    def _ftp(self) -> None:
        self._answer(307, b"", Location="ftp://192.0.2.1/data")

    def _loop(self) -> None:
        self._answer(307, b"", Location=self.path)

    def _down(self) -> None:
        self._answer(503, b"")

    def _garbage(self) -> None:
        self.wfile.write(b"\0\1\2 not http\r\n\r\n")

    def _trickle(self) -> None:
        self.send_response(206)
        self.send_header("Content-Range", f"bytes 0-999/{len(DATA)}")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(DATA[:1])
        threading.Event().wait(0.5)
        self.wfile.write(DATA[1:2])

    def _missing(self) -> None:
        self._answer(404, b"")

    def _answer(self, code: int, body: bytes, **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    Registry.asked = []
    Registry.storage = f"http://localhost:{server.server_address[1]}"
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_pieces_come_by_range_from_the_storage_host(base: str) -> None:
    with blob.Blob(base, "good/model", LAYER) as file:
        assert file.read(0, 1000) == DATA[:1000]
        assert file.read(1000, 70_000) == DATA[1000:71_000]
        assert file.read(len(DATA) - 5, 100) == DATA[-5:]
    hosts = [host.partition(":")[0] for host, _, _ in Registry.asked]
    assert hosts == ["127.0.0.1", "localhost", "localhost", "localhost"]
    assert [span for _, span, _ in Registry.asked][:2] == ["bytes=0-999"] * 2
    assert not any({"authorization", "cookie"} & {name.lower() for name in headers} for _, _, headers in Registry.asked)


def test_a_registry_without_range_is_left_when_enough_has_come(base: str) -> None:
    with blob.Blob(base, "whole/model", LAYER) as file:
        assert file.read(0, 1000) == DATA[:1000]
        assert file.read(5000, 1000) == DATA[5000:6000]
    assert len(Registry.asked) == 1


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing", "the registry answers 404"),
        ("down", "the registry answers 503"),
        ("elsewhere", "the registry sends bytes 50-59/1048576\n  expected: bytes from 0 on"),
        ("other", "the registry has a blob of 777 bytes\n  expected: 1048576"),
        ("file", "file:///etc/passwd' is not allowed"),
        ("ftp", "sends us to ftp://192.0.2.1/data\n  expected: a storage host as safe as the registry"),
        ("loop", "the registry answers 307"),
        ("garbage", "cannot be read"),
    ],
)
def test_what_is_no_good_answer(base: str, kind: str, said: str) -> None:
    with pytest.raises(Refusal, match=said) as refused, blob.Blob(base, f"{kind}/model", LAYER) as file:
        file.read(0, 1000)
    assert refused.value.place == f"{base}v2/{kind}/model/blobs/sha256:{DIGEST}"


def test_a_connection_that_ends_gives_what_came(base: str) -> None:
    with blob.Blob(base, "cut/model", LAYER) as file:
        assert file.read(0, 1000) == DATA[:400]


def test_patience_ends(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blob, "_PATIENCE", 0.2)
    with pytest.raises(blob.UnreachableError, match="too slow"), blob.Blob(base, "trickle/model", LAYER) as file:
        file.read(0, 1000)


def test_nobody_at_home() -> None:
    with pytest.raises(blob.UnreachableError, match=r"cannot be read: .*refused"):
        blob.whole("http://127.0.0.1:9", "a/b", LAYER)
    with pytest.raises(Refusal, match="no address of a registry"):
        blob.whole("ftp://192.0.2.1", "a/b", LAYER)


def test_a_small_blob_is_what_its_digest_says(base: str) -> None:
    assert blob.whole(base, "good/model", LAYER) == DATA
    with pytest.raises(Refusal, match=f"its sha256 is {DIGEST}"):
        blob.whole(base, "good/model", Layer("0" * 64, len(DATA)))
