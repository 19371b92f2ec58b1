import hashlib
import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from llamakeep_lab.registry.server import MANIFEST, Registry

WEIGHTS = bytes(range(256)) * 40


@dataclass
class Upstream:
    """A registry on loopback with one model, and a client that follows nothing by itself."""

    server: Registry
    root: Path
    digest: str  # of the weights, hex
    manifest: bytes

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    def ask(self, method, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        try:
            body = answer.read()
        except http.client.IncompleteRead as error:
            body = error.partial
        return answer, body

    def stored(self) -> str:
        return f"/docker/registry/v2/blobs/sha256/{self.digest[:2]}/{self.digest}/data"

    def cut(self, **offsets: int) -> None:
        self.server.cut_file.write_text(json.dumps(offsets))


@pytest.fixture
def upstream(tmp_path):
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}", "size": len(WEIGHTS)}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": {}, "layers": [layer]}).encode()
    places = {
        "manifests/library/mistral/7b": manifest,
        f"blobs/sha256-{digest}": WEIGHTS,
        f"blobs/sha256-{'0' * 64}": b"of no model",
        "archives/ollama.tar.zst": b"an archive",
        "wheels/Ruamel.Yaml-0.18-py3-none-any.whl": b"a wheel",
        "wheels/ruamel_yaml_clib-0.2-cp313-cp313-manylinux_2_28_x86_64.whl": b"another",
        "secret": b"not served",
    }
    for place, data in places.items():
        path = tmp_path / "root" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with Registry("127.0.0.1", 0, tmp_path / "root", "") as server:
        server.blobs_at = f"http://localhost:{server.server_address[1]}"
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield Upstream(server, tmp_path / "root", digest, manifest)
        server.shutdown()
