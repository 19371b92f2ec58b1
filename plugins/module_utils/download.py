"""The missing end of a file, from one address."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from ansible_collections.llamakeep.fleet.plugins.module_utils.partial import CHUNK, Partial
from ansible_collections.llamakeep.fleet.plugins.module_utils.route import proxy_for, shown

_HOPS = 5
_MOVED = (301, 302, 303, 307, 308)


class Trouble(Exception):  # noqa: N818 - what an address said, told to the operator in its own words
    """Why an address did not give the bytes that were asked of it."""


def fetch(url: str, partial: Partial, size: int = 0, timeout: float = 30.0) -> None:
    """Bring what a file of `size` bytes (0: unknown) still lacks, or raise Trouble; what came is kept.

    Asks for the missing end only (`Range`), and begins anew where the address cannot do that.
    """
    proxy = proxy_for(url)
    try:
        with _open(url, partial.length, timeout) as response:
            size = _begin(response, partial, size)
            _pour(response, partial, size, timeout)
        if partial.length < size:
            raise Trouble(f"broke off after {readable(partial.length)} of {readable(size)}")
    except Trouble as trouble:
        by_proxy = f" (asked through the proxy {shown(proxy)})" if proxy else ""
        raise Trouble(f"{trouble}{by_proxy}") from trouble


def _open(url: str, offset: int, timeout: float) -> Any:
    """Return the response, past redirects, each of which may take another way (direct or by proxy)."""
    headers = {"User-Agent": "llamakeep", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    for _hop in range(_HOPS):
        response = _ask(urllib.request.Request(url, headers=headers), timeout)
        if response.status not in _MOVED:
            return response
        with response:
            url = urllib.parse.urljoin(url, response.headers.get("Location") or "")
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise Trouble(f"leads to {shown(url)}, which is no http address")
    raise Trouble(f"leads on to another address more than {_HOPS} times")


def _ask(request: urllib.request.Request, timeout: float) -> Any:
    proxy = proxy_for(request.full_url)
    handlers: list[Any] = [urllib.request.ProxyHandler({request.type: proxy} if proxy else {}), _AsAnswered]
    try:
        return urllib.request.build_opener(*handlers).open(request, timeout=timeout)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Trouble(_in_words(error, timeout)) from error


class _AsAnswered(urllib.request.HTTPErrorProcessor):
    """Return every answer, whatever its status: redirects and refusals are judged here."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:  # noqa: ARG002 - urllib's signature
        return response

    https_response = http_response


def _begin(response: Any, partial: Partial, size: int) -> int:
    """Judge an answer by its head, and return the size of the whole file (0: unknown)."""
    whole = _total(response)
    if response.status == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and whole == partial.length:
        return whole
    if response.status not in (http.client.OK, http.client.PARTIAL_CONTENT):
        raise Trouble(f"HTTP {response.status} {response.reason}")
    if size and whole and whole != size:
        raise Trouble(f"offers {whole} bytes where {size} are expected")
    if response.status == http.client.OK:
        partial.restart()
    elif _start(response) != partial.length:
        raise Trouble(f"answers with other bytes than were asked for ({response.headers.get('Content-Range')})")
    return size or whole


def _total(response: Any) -> int:
    """Return the size of the whole file as the answer's head tells it.

    >>> # Content-Range: bytes 600-999/1000, or bytes */1000, or status 200 with Content-Length: 1000
    1000
    """
    if response.status == http.client.OK:
        length = response.headers.get("Content-Length") or "0"
    else:
        length = (response.headers.get("Content-Range") or "").rpartition("/")[2]
    return int(length) if length.isdigit() else 0


def _start(response: Any) -> int:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range") or "")
    return int(found.group(1)) if found else -1


def _pour(response: Any, partial: Partial, size: int, timeout: float) -> None:
    if response.status == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
        return
    while True:
        try:
            # read1 hands over what has come: what a dying address sent last is kept, too.
            chunk = response.read1(CHUNK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            said = _in_words(error, timeout)
            raise Trouble(f"{said} after {readable(partial.length)} of {readable(size)}") from error
        if not chunk:
            return
        if size and partial.length + len(chunk) > size:
            partial.restart()
            raise Trouble(f"sends more than the {size} bytes that are expected")
        partial.write(chunk)


def _in_words(error: BaseException, timeout: float) -> str:
    """Say in the operator's words why an address is silent.

    >>> _in_words(ConnectionRefusedError(111, "Connection refused"), 30)
    'connection refused'
    """
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted here ({reason.verify_message})"
    if isinstance(reason, socket.timeout):
        return f"silent for {timeout:g} s"
    if isinstance(reason, socket.gaierror):
        return f"name not found ({reason.strerror})"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return str(reason) or type(reason).__name__
