"""Connections to addresses: does somebody answer, and does it speak like Ollama, its engine or Open WebUI."""

from __future__ import annotations

import errno
import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_ANSWER_LIMIT = 4 * 1024 * 1024  # bytes of an answer that are read
_WORDS = {
    errno.ECONNREFUSED: "refused",
    errno.ENETUNREACH: "no route",
    errno.EADDRNOTAVAIL: "no route",
    errno.EAFNOSUPPORT: "no route",
    errno.EHOSTUNREACH: "unreachable",
    errno.EACCES: "unreachable",
    errno.ETIMEDOUT: "silent",
    errno.ECONNRESET: "answers",  # a port that is shut refuses: this one took the call, and then hung up
}


def outcome(address: str, port: int, patience: float) -> str:
    """Open one TCP connection and close it: "answers", "refused", "silent", "unreachable" or "no route"."""
    try:
        socket.create_connection((address, port), patience).close()
    except TimeoutError:
        return "silent"
    except socket.timeout:  # noqa: UP041 - another class before Python 3.10
        return "silent"
    except OSError as error:
        return _WORDS.get(error.errno or 0, str(error))
    return "answers"


def speaks(address: str, port: int, patience: float) -> str:
    """Return what an HTTP client finds behind a port: "ollama", "open-webui", "engine" or "".

    >>> "engine"
    """
    try:
        status, _, body = get(address, port, "/api/version", patience)
        said = _json(body) if status == 200 else {}
        if "version" in said:
            return "open-webui" if "deployment_id" in said else "ollama"  # both answer there
        status, server, body = get(address, port, "/props", patience)
    except (OSError, http.client.HTTPException):
        return ""
    return "engine" if "llama" in server or "default_generation_settings" in _json(body) else ""


def try_all(doors: list[tuple[str, int, bool]], patience: float, hearing: float) -> list[dict[str, Any]]:
    """Try (address, port, whether to find out who answers) all at once.

    `patience` is for a connection, `hearing` for what is said on it; both in seconds.

    >>> [{"address": "192.0.2.11", "port": 11434, "outcome": "answers", "speaks": "ollama"}]
    """

    def one(door: tuple[str, int, bool]) -> dict[str, Any]:
        address, port, curious = door
        found = outcome(address, port, patience)
        known = speaks(address, port, hearing) if curious and found == "answers" else ""
        return {"address": address, "port": port, "outcome": found, "speaks": known}

    if not doors:
        return []
    with ThreadPoolExecutor(min(64, len(doors))) as pool:
        return list(pool.map(one, doors))


def get(address: str, port: int, path: str, patience: float, host: str = "") -> tuple[int, str, bytes]:
    """Return status, Server header and the beginning of the body."""
    return send(address, port, "GET", path, patience, host=host)


def send(
    address: str, port: int, method: str, path: str, patience: float, host: str = "", body: Any = None
) -> tuple[int, str, bytes]:  # fmt: skip
    """Send one request on a connection of its own."""
    connection = http.client.HTTPConnection(address, port, timeout=patience)
    headers = {"Connection": "close"}
    if host:
        headers["Host"] = host
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Server") or "", answer.read(_ANSWER_LIMIT)
    finally:
        connection.close()


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Try from this host the doors named in the request."""
    doors = [(str(address), int(port), bool(curious)) for address, port, curious in request["doors"]]
    return {"tried": try_all(doors, request["patience"], request["hearing"])}


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
