"""Small servers for the probes."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@pytest.fixture
def serve():
    """Return a function that serves JSON by path on a free port of loopback, and returns that port."""
    servers = []

    def start(answers):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                foreign = self.headers["Host"].startswith("rebound.")
                body = json.dumps(answers.get(self.path, {"error": "404 page not found"})).encode()
                self.send_response(403 if foreign else 200 if self.path in answers else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.path = f"{self.path}:{asked.get('model', '')}"
                self.do_GET()

            def do_DELETE(self):
                self.do_POST()

            def do_HEAD(self):
                self.send_response(404)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return server.server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def nobody_there():
    """Return a port of loopback on which nothing listens, while the test lasts."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]
