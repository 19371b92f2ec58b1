"""A server that asks for certificates of a fleet, as a door does, for tests of who asks there."""

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca, internal_ca


def certificates(folder: Path, name: str, server: str, root: Any = None) -> Any:
    """Write what a host of a fleet has, host.pem and roots.pem, and server.pem for the other side; return the root."""
    root = root or hosts_ca.make(internal_ca.now())
    (folder / "roots.pem").write_text(internal_ca.pem(root.certificate))
    (folder / "host.pem").write_text(hosts_ca.issue(root, name, internal_ca.now())[0])
    (folder / "server.pem").write_text(hosts_ca.issue(root, server, internal_ca.now())[0])
    return root


@contextlib.contextmanager
def serving(folder: Path, answers: dict[str, Any], *, asks: bool = True) -> Iterator[int]:
    """Serve JSON by path on a free port of loopback, over TLS to who shows a certificate; where not `asks`, to all."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answers.get(self.path, {})).encode()
            self.send_response(200 if self.path in answers else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request: Any, client_address: Any) -> None:  # in a thread of its own
            request.settimeout(10)
            with context.wrap_socket(request, server_side=True) as line:
                super().finish_request(line, client_address)

        def handle_error(self, *_: Any) -> None:  # who is refused, and who hangs up, is no news
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    context.load_verify_locations(folder / "roots.pem")
    context.verify_mode = ssl.CERT_REQUIRED if asks else ssl.CERT_NONE
    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
