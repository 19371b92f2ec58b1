"""A registry on loopback with every bad habit that a test may want of it."""

import hashlib
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_OTHER = bytes(byte ^ 1 for byte in range(256))


class Registry:
    """Serves bytes by path; `asked` and `sent` tell what it was asked for and how much it gave.

    Habits: `dies_at` (share of a body after which the connection is cut, and every later answer is 503; with
    `comes_back` it answers again), `lies` (other bytes of the same
    length), `status`, `ignores_range`, `leads_elsewhere` (307 to the same path under another host name),
    `pause` (seconds between two pieces).
    """

    def __init__(self):
        self.files = {}
        self.asked = []
        self.sent = 0
        self.dies_at = None
        self.comes_back = False
        self.lies = False
        self.status = 200
        self.ignores_range = False
        self.leads_elsewhere = False
        self.pause = 0.0
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def model(self, name, *blobs, path=None):
        """Serve a model of these blobs, and return its entry as the lock holds it."""
        path = path or f"library/{name.partition(':')[0]}"
        layers = []
        for blob in blobs:
            digest = hashlib.sha256(blob).hexdigest()
            self.files[f"/v2/{path}/blobs/sha256:{digest}"] = blob
            layers.append({"digest": f"sha256:{digest}", "size": len(blob)})
        manifest = json.dumps({"config": layers[-1], "layers": layers[:-1]})
        return {
            "name": name,
            "path": path,
            "digest": hashlib.sha256(manifest.encode()).hexdigest(),
            "manifest": manifest,
            "sources": [self.url],
        }


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that hangs up early is no error here."""


def _handler(registry):
    return type("Handler", (_Handler,), {"registry": registry})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *unused):
        pass

    def do_GET(self):
        habits, host = self.registry, self.headers["Host"]
        habits.asked.append((self.path, self.headers.get("Range"), host))
        body = habits.files.get(self.path)
        if body is None or habits.status != 200:
            self.answer(404 if body is None else habits.status, b"no")
        elif habits.leads_elsewhere and "127.0.0.1" in host:
            self.answer(307, b"", Location=f"http://localhost:{habits.port}{self.path}")
        else:
            self.give(body.translate(_OTHER) if habits.lies else body)

    def give(self, body):
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        start = int(wanted.group(1)) if wanted and not self.registry.ignores_range else 0
        if start >= len(body) > 0:
            self.answer(416, b"", **{"Content-Range": f"bytes */{len(body)}"})
        elif start:
            self.answer(206, body[start:], **{"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"})
        else:
            self.answer(200, body)

    def answer(self, status, body, **headers):
        habits, is_body = self.registry, status in (200, 206)
        self.send_response(status)
        for name, value in {"Content-Length": len(body), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        upto = int(len(body) * habits.dies_at) if is_body and habits.dies_at is not None else len(body)
        for start in range(0, upto, 65536):
            piece = body[start : min(start + 65536, upto)]
            self.wfile.write(piece)
            habits.sent += len(piece) if is_body else 0
            time.sleep(habits.pause)
        if upto < len(body):
            self.close_connection = True
            habits.status = 200 if habits.comes_back else 503
