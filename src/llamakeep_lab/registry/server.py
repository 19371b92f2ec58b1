"""The lab's upstream: a model registry and its storage host, release archives, and Python packages, in one program.

Standard library only: it is copied to the registry's host and run there by its own python3.

    python3 server.py --root FOLDER --port 5000 --blobs-at http://blobs.lab.example:5000

    FOLDER/manifests/<namespace>/<model>/<tag>     the manifest's exact bytes
    FOLDER/blobs/sha256-<hex>                      the blobs
    FOLDER/archives/<file>                         release archives
    FOLDER/wheels/<file>                           Python packages; /simple/<name>/ lists those of one name
    FOLDER/cut-after.json                          {"<hex>": N}: see `cuts`

Answers as the real registry does: a blob is a 307 to another host name, which serves it with Range;
there is no /v2/, no _catalog, no tags/list. One line for each request on standard error:

    2026-11-22T17:02:39Z 192.0.2.7 GET /v2/library/mistral/manifests/7b 200 range=- sent=742
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

_CHUNK = 1 << 20
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_MANIFEST = re.compile(rf"/v2/({_PART}/{_PART})/manifests/({_PART})")
_BLOB = re.compile(rf"/v2/({_PART}/{_PART})/blobs/sha256:([0-9a-f]{{64}})")
_STORED = re.compile(r"/docker/registry/v2/blobs/sha256/[0-9a-f]{2}/([0-9a-f]{64})/data")
_ARCHIVE = re.compile(rf"/archives/({_PART})")
_SIMPLE = re.compile(r"/simple/([a-z0-9-]+)/?")
_WHEEL = re.compile(r"/wheels/([A-Za-z0-9_][A-Za-z0-9_.+!-]*)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def _package(wheel: Path) -> str:
    """Return the name of a wheel's package, as an index spells it."""
    return re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower()


class Registry(ThreadingHTTPServer):
    """The listening socket and the folder that it serves."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, address: str, port: int, root: Path, blobs_at: str, cut_file: Path | None = None) -> None:
        """Bind; `blobs_at` is the base URL of the storage host, "" to serve blobs without a redirect."""
        self.root = root
        self.blobs_at = blobs_at.rstrip("/")
        self.cut_file = cut_file or root / "cut-after.json"
        if address == "::" and not socket.has_dualstack_ipv6():
            address = "0.0.0.0"  # noqa: S104 - every address of the host, as asked for
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), Handler)

    def server_bind(self) -> None:
        """Bind without asking for this host's own name, which may take a name server."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def cuts(self) -> dict[str, int]:
        """Return the blobs and archives whose bytes end too soon: name or hex digest -> bytes.

        As long as a name stands in the file, no answer gives a byte of it past that offset: the
        connection is closed there, as by a registry that dies. Read anew for each request.
        """
        try:
            return {str(name): int(at) for name, at in json.loads(self.cut_file.read_bytes()).items()}
        except FileNotFoundError:
            return {}


class Handler(BaseHTTPRequestHandler):
    """Reads requests off one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Registry

    def do_GET(self) -> None:
        """Answer, then log."""
        self.path = unquote(urlsplit(self.path).path)
        self._status, self._sent = 0, 0
        try:
            self._route()
        except ConnectionError:
            self.close_connection = True
        finally:
            self._log()

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Leave http.server's own lines out."""

    def _route(self) -> None:
        for form, way in (
            (_MANIFEST, self._manifest),
            (_BLOB, self._blob),
            (_STORED, self._stored),
            (_ARCHIVE, self._archive),
            (_SIMPLE, self._simple),
            (_WHEEL, self._wheel),
        ):
            found = form.fullmatch(self.path)
            if found:
                way(*found.groups())
                return
        self._say(404, b"404 page not found\n", "text/plain; charset=utf-8")

    def _manifest(self, repository: str, tag: str) -> None:
        accepted = self.headers.get("Accept", "*/*")
        path = self.server.root / "manifests" / repository / tag
        if not path.is_file() or not ("*/*" in accepted or MANIFEST in accepted):
            self._refuse(404, "MANIFEST_UNKNOWN", "manifest unknown", {"Tag": tag})
            return
        data = path.read_bytes()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self._say(200, data, MANIFEST, {"Docker-Content-Digest": digest, "ETag": f'"{digest}"'})

    def _blob(self, repository: str, digest: str) -> None:
        path = self.server.root / "blobs" / f"sha256-{digest}"
        if not path.is_file() or not self._belongs(repository, digest):
            self._refuse(404, "BLOB_UNKNOWN", "blob unknown to registry", {"Digest": f"sha256:{digest}"})
            return
        stored = f"{self.server.blobs_at}/docker/registry/v2/blobs/sha256/{digest[:2]}/{digest}/data"
        if self.server.blobs_at and self.command == "GET":
            self._say(307, b"", "", {"Location": stored})
            return
        # Ollama's own client wants a Location header on a blob that is not redirected, too.
        self._file(path, digest, {"Location": stored, "Docker-Content-Digest": f"sha256:{digest}"})

    def _stored(self, digest: str) -> None:
        self._file(self.server.root / "blobs" / f"sha256-{digest}", digest, {})

    def _archive(self, name: str) -> None:
        self._file(self.server.root / "archives" / name, name, {})

    def _simple(self, name: str) -> None:
        """List the wheels of one package, as PEP 503 has it."""
        wheels = sorted(path.name for path in (self.server.root / "wheels").glob("*.whl") if _package(path) == name)
        if not wheels:
            self._say(404, b"404 page not found\n", "text/plain; charset=utf-8")
            return
        links = "".join(f'<a href="/wheels/{quote(wheel)}">{wheel}</a>\n' for wheel in wheels)
        self._say(200, f"<!DOCTYPE html>\n<title>{name}</title>\n{links}".encode(), "text/html; charset=utf-8")

    def _wheel(self, name: str) -> None:
        self._file(self.server.root / "wheels" / name, name, {})

    def _belongs(self, repository: str, digest: str) -> bool:
        tags = (self.server.root / "manifests" / repository).glob("*")
        return any(digest.encode() in tag.read_bytes() for tag in tags)

    def _file(self, path: Path, name: str, headers: dict[str, str]) -> None:
        if not path.is_file():
            self._say(404, b"404 page not found\n", "text/plain; charset=utf-8")
            return
        size = path.stat().st_size
        span = _span(self.headers.get("Range", ""), size)
        if span is None:
            self._say(416, b"", "", {"Content-Range": f"bytes */{size}"})
            return
        first, end = span
        ranged = _RANGE.fullmatch(self.headers.get("Range", ""))
        partial = {"Content-Range": f"bytes {first}-{end - 1}/{size}"} if ranged else {}
        kind = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        self._head(206 if partial else 200, end - first, {**kind, **headers, **partial})
        if self.command == "HEAD":
            return
        cut = self.server.cuts().get(name, size)
        self._send(path, first, min(end, max(cut, first)))
        if cut < end:
            self.close_connection = True

    def _send(self, path: Path, first: int, end: int) -> None:
        self.wfile.flush()
        with path.open("rb") as file:
            while first < end:
                sent = self.connection.sendfile(file, first, min(end - first, _CHUNK))
                if not sent:
                    raise ConnectionResetError("the client hung up")
                first += sent
                self._sent += sent

    def _refuse(self, status: int, code: str, message: str, detail: dict[str, str]) -> None:
        body = json.dumps({"errors": [{"code": code, "message": message, "detail": detail}]}).encode()
        self._say(status, body, "application/json; charset=utf-8")

    def _say(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self._head(status, len(body), {**({"Content-Type": kind} if kind else {}), **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(body)
            self._sent += len(body)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self._status = status
        self.send_response_only(status)
        for name, value in {"Date": self.date_time_string(), **headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

    def _log(self) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        client = self.client_address[0].removeprefix("::ffff:")
        span = self.headers.get("Range", "-").removeprefix("bytes=")
        line = f"{stamp} {client} {self.command} {self.path} {self._status} range={span} sent={self._sent}\n"
        os.write(2, line.encode(errors="replace"))


def _span(header: str, size: int) -> tuple[int, int] | None:
    """Return the first byte asked for and the one after the last; None for what cannot be had.

    >>> _span("bytes=10-", 100), _span("bytes=-5", 100), _span("", 100), _span("bytes=200-", 100)
    ((10, 100), (95, 100), (0, 100), None)
    """
    found = _RANGE.fullmatch(header)
    if not found or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    if not first:
        return max(size - int(last), 0), size
    end = min(int(last) + 1, size) if last else size
    return (int(first), end) if int(first) < end else None


def main(words: list[str] | None = None) -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description="The lab's model registry.")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--address", default="::")
    parser.add_argument("--blobs-at", default="", help="base URL of the storage host")
    parser.add_argument("--cut-after", type=Path, help="file of cuts, instead of ROOT/cut-after.json")
    asked = parser.parse_args(words)
    if not asked.root.is_dir():
        sys.stderr.write(f"{asked.root}: no such folder\n  expected: the folder of manifests and blobs\n")
        return 2
    server = Registry(asked.address, asked.port, asked.root, asked.blobs_at, asked.cut_after)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
