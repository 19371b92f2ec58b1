"""`ollama serve`: listen, look after the store, answer until told to stop."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from . import gguf, human, journal, keypair, routes
from .engine import Engine
from .exchange import Exchange
from .service import Service
from .settings import DEFAULT_CONTEXT, Settings
from .store import Store
from .version import VERSION

_CANCELLED = 499  # the client hung up before there was an answer


class Server(ThreadingHTTPServer):
    """The listening socket and one thread for each connection."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, settings: Settings, service: Service) -> None:
        """Bind the address; OSError when that cannot be."""
        self.service = service
        self.settings = settings
        self.address_family, host = _family(settings.host)
        super().__init__((host, settings.port), Handler)
        self.on_loopback = ipaddress.ip_address(str(self.server_address[0])).is_loopback

    def server_bind(self) -> None:
        """Bind as Go does: a server for every address listens on IPv4 and IPv6 at once."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - http.server's
        """Say nothing of a connection that broke; anything else is a fault of this program."""
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            journal.log("ERROR", "request failed", error=traceback.format_exc())


class Handler(BaseHTTPRequestHandler):
    """Reads requests off one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        exchange = Exchange(self, self.command, unquote(self.path.partition("?")[0]))
        try:
            routes.serve(self.server.service, exchange, on_loopback=self.server.on_loopback)
            exchange.finish()
        except ConnectionError:
            self.close_connection = True
            exchange.status = exchange.status or _CANCELLED
        except Exception:  # noqa: BLE001 - one request must never end the server
            journal.log("ERROR", "request failed", error=traceback.format_exc())
            self.close_connection = True
            if not exchange.status:
                exchange.answer({"error": "internal error of the stand-in, see its journal"}, 500)
        seconds = time.monotonic() - exchange.began
        client = exchange.client.removeprefix("::ffff:")
        journal.access(exchange.status, seconds, client, self.command, self.path)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Leave http.server's own lines out; `journal.access` writes one for each request."""


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Serve until SIGTERM or SIGINT."""
    settings = Settings.read(environment)
    try:
        keypair.ensure(Path(environment.get("HOME") or "/"))
        store = Store(settings.models)
        engine = Engine(settings)
        server = Server(settings, Service(settings, store, engine))
    except OSError as error:
        sys.stderr.write(f"Error: {_place(error, settings)}{(error.strerror or str(error)).lower()}\n")
        return 1
    journal.log("INFO", "server config", env=settings.listed())
    journal.log("INFO", f"Ollama cloud disabled: {str(settings.no_cloud).lower()}")
    if not settings.no_prune:
        store.prune()
    host, port = server.server_address[:2]
    shown = f"[{host!s}]" if ":" in str(host) else str(host)
    journal.log("INFO", f"Listening on {shown}:{port} (version {VERSION})")
    journal.log("INFO", "vram-based default context", total_vram=human.size(0), default_num_ctx=DEFAULT_CONTEXT)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=_read_ahead, args=(store,), daemon=True).start()
    stop.wait()
    server.socket.close()
    engine.close()
    return 0


def _read_ahead(store: Store) -> None:
    """Read the models' headers once, so that the first listing does not have to."""
    for manifest in store.models().values():
        weights = manifest.layer("model")
        try:
            if weights:
                gguf.read(store.blob(weights.digest))
        except (OSError, ValueError):
            continue


def _place(error: OSError, settings: Settings) -> str:
    if error.filename:
        return f"{error.filename}: "
    return f"listen tcp {settings.host}:{settings.port}: bind: "


def _family(host: str) -> tuple[socket.AddressFamily, str]:
    if host in ("0.0.0.0", "::", "*"):  # noqa: S104 - asked for by OLLAMA_HOST
        return (socket.AF_INET6, "::") if _has_ipv6() else (socket.AF_INET, "0.0.0.0")  # noqa: S104
    if host == "localhost":
        return socket.AF_INET, "127.0.0.1"
    return (socket.AF_INET6 if ":" in host else socket.AF_INET), host


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True
