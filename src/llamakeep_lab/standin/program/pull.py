"""Fetching a model from a registry, by the protocol that a real server speaks."""

from __future__ import annotations

import hashlib
import http.client
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from .manifest import MANIFEST, Layer, Manifest, ManifestError
from .names import Name
from .store import Store
from .version import VERSION

_CHUNK = 1 << 20
_TIMEOUT = 30.0  # seconds without a byte
_REDIRECTS = 5


class PullError(Exception):
    """A model that cannot be had; the text is the server's answer."""


def pull(store: Store, name: Name, *, insecure: bool = False) -> Iterator[dict[str, Any]]:
    """Bring a model into the store: blobs first, manifest last; say each step."""
    yield {"status": "pulling manifest"}
    base = f"{'http' if insecure else 'https'}://{name.host}/v2/{name.repository}"
    try:
        data = _get(f"{base}/manifests/{name.tag}").read()
        manifest = Manifest.read(data)
    except PullError as error:
        raise PullError(f"pull model manifest: {error}") from error
    except ManifestError as error:
        raise PullError(f"pull model manifest: {error}") from error
    for layer in manifest.blobs:
        yield from _fetch(store, f"{base}/blobs/{layer.digest}", layer)
    yield {"status": "verifying sha256 digest"}
    yield {"status": "writing manifest"}
    store.write(name, data)
    yield {"status": "success"}


def _fetch(store: Store, url: str, layer: Layer) -> Iterator[dict[str, Any]]:
    blob = store.blob(layer.digest)
    step = {"status": f"pulling {layer.digest[7:19]}", "digest": layer.digest, "total": layer.size}
    if blob.exists():
        yield {**step, "completed": layer.size}
        return
    partial = blob.with_name(f"{blob.name}-partial")
    digest, done = _resumed(partial)
    yield {**step, "completed": done} if done else step
    answer = _get(url, {"Range": f"bytes={done}-"} if done else {})
    if done and answer.status != http.client.PARTIAL_CONTENT:
        digest, done = hashlib.sha256(), 0
    with partial.open("ab" if done else "wb") as file:
        while chunk := _read(answer):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            yield {**step, "completed": done}
    if f"sha256:{digest.hexdigest()}" != layer.digest:
        if done >= layer.size:
            partial.unlink()
        raise PullError(
            f"digest mismatch, file must be downloaded again: want {layer.digest}, got sha256:{digest.hexdigest()}"
        )
    partial.chmod(0o644)
    partial.rename(blob)


def _resumed(partial: Path) -> tuple[Any, int]:
    digest, done = hashlib.sha256(), 0
    if partial.is_file():
        with partial.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                done += len(chunk)
    return digest, done


def _read(answer: http.client.HTTPResponse) -> bytes:
    try:
        return answer.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise PullError(f"max retries exceeded: {error or type(error).__name__}") from error


def _get(url: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    first = url
    for _ in range(_REDIRECTS):
        answer = _ask(first, url, headers or {})
        if answer.status in (301, 302, 303, 307, 308):
            location = answer.headers.get("Location")
            if not location:
                raise PullError("http: no Location header in response")
            url = urljoin(url, location)
            continue
        if answer.status == http.client.NOT_FOUND:
            raise PullError("file does not exist")
        if answer.status >= http.client.BAD_REQUEST:
            raise PullError(f"{answer.status}: {answer.read(2000).decode(errors='replace').strip()}")
        return answer
    raise PullError(f'Get "{first}": stopped after {_REDIRECTS} redirects')


def _ask(first: str, url: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    split = urlsplit(url)
    connect = http.client.HTTPSConnection if split.scheme == "https" else http.client.HTTPConnection
    connection = connect(split.hostname or "", split.port, timeout=_TIMEOUT)
    target = f"{split.path}?{split.query}" if split.query else split.path
    try:
        connection.request(
            "GET", target, headers={"Accept": MANIFEST, "User-Agent": f"ollama/{VERSION} (stand-in)", **headers}
        )
        return connection.getresponse()
    except socket.gaierror as error:
        why = f"dial tcp: lookup {split.hostname} on {_nameserver()}:53: {_lookup_error(error)}"
        raise PullError(f'Get "{first}": {why}') from error
    except (OSError, http.client.HTTPException) as error:
        raise PullError(f'Get "{first}": {str(error).lower() or type(error).__name__}') from error


def _lookup_error(error: socket.gaierror) -> str:
    return "no such host" if error.errno in (socket.EAI_NONAME, socket.EAI_AGAIN) else str(error.strerror)


def _nameserver() -> str:
    try:
        found = re.search(r"^nameserver\s+(\S+)", Path("/etc/resolv.conf").read_text(encoding="ascii"), re.MULTILINE)
    except (OSError, ValueError):
        found = None
    return found.group(1) if found else "127.0.0.1"
