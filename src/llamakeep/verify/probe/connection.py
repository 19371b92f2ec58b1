"""Connections to addresses: does somebody answer, and does it speak like Ollama, its engine or Open WebUI."""

from __future__ import annotations

import errno
import http.client
import json
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import CERTIFICATE, ROOTS

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


def speaks(address: str, port: int, patience: float, name: str = "") -> str:
    """Return what an HTTP client finds behind a port: "ollama", "open-webui", "engine" or "".

    With `name` it shows this host's certificate, and takes no other side than one whose certificate bears that; raises
    SSLError or PermissionError where one of the two is not taken.

    >>> "engine"
    """
    try:
        status, _, body = get(address, port, "/api/version", patience, name=name)
        _expect_let_in(status if name else 200, body)
        said = _json(body) if status == 200 else {}
        if "version" in said:
            return "open-webui" if "deployment_id" in said else "ollama"  # both answer there
        status, server, body = get(address, port, "/props", patience, name=name)
    except (ssl.SSLError, PermissionError):
        raise
    except (OSError, http.client.HTTPException):
        return ""
    return "engine" if "llama" in server or "default_generation_settings" in _json(body) else ""


def try_all(doors: list[tuple[Any, ...]], patience: float, hearing: float) -> list[dict[str, Any]]:
    """Try (address, port, whether to find out who answers, and perhaps the name on its certificate) all at once.

    `patience` is for a connection, `hearing` for what is said on it; both in seconds.

    >>> [{"address": "192.0.2.11", "port": 11434, "outcome": "answers", "speaks": "ollama"}]
    """

    def one(door: tuple[Any, ...]) -> dict[str, Any]:
        address, port, curious, *name = door
        found = outcome(address, port, patience)
        known, why = _answers(address, port, hearing, *name) if curious and found == "answers" else ("", "")
        return {"address": address, "port": port, "outcome": found, "speaks": known, "why": why}

    if not doors:
        return []
    with ThreadPoolExecutor(min(64, len(doors))) as pool:
        return list(pool.map(one, doors))


def _expect_let_in(status: int, body: bytes) -> None:
    if status == http.HTTPStatus.FORBIDDEN:
        raise PermissionError(_json(body).get("error") or "it lets nobody in by this certificate")


def _answers(address: str, port: int, patience: float, name: str = "") -> tuple[str, str]:
    """Return who answers, and why nobody does where a certificate is not taken."""
    try:
        return speaks(address, port, patience, name), ""
    except ssl.SSLCertVerificationError as error:
        return "", f"its certificate is not taken here: {error.verify_message}"
    except ssl.SSLError as error:  # "SSLV3_ALERT_CERTIFICATE_EXPIRED", "TLSV1_ALERT_UNKNOWN_CA"
        reason = (error.reason or str(error)).rpartition("ALERT_")[2].replace("_", " ").lower()
        return "", f"it does not take the certificate of this host: {reason}"
    except PermissionError as error:
        return "", str(error)


def get(
    address: str, port: int, path: str, patience: float, host: str = "", name: str = ""
) -> tuple[int, str, bytes]:  # fmt: skip
    """Return status, Server header and the beginning of the body."""
    return send(address, port, "GET", path, patience, host=host, name=name)


def send(
    address: str, port: int, method: str, path: str, patience: float, host: str = "", body: Any = None, name: str = ""
) -> tuple[int, str, bytes]:  # fmt: skip
    """Send one request on a connection of its own; with `name` over TLS, to whom bears that name in the fleet."""
    connection = http.client.HTTPConnection(address, port, timeout=patience)
    if name:
        connection.sock = handshake(address, port, patience, name, certificate=True)
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


def handshake(address: str, port: int, patience: float, name: str, *, certificate: bool) -> ssl.SSLSocket:
    """Return a connection over TLS to whom bears a name in the fleet, with or without the certificate of this host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(ROOTS)
    if certificate:
        context.load_cert_chain(CERTIFICATE)
    plug = socket.create_connection((address, port), patience)
    try:
        return context.wrap_socket(plug, server_hostname=name)
    except OSError:
        plug.close()
        raise


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Try from this host the doors named in the request."""
    doors = [tuple(door) for door in request["doors"]]
    return {"tried": try_all(doors, request["patience"], request["hearing"])}


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
