"""What is looked at of TLS between hosts: the certificate, and each door in the three ways in which one may come."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import CERTIFICATE

from llamakeep.verify.probe import connection

if TYPE_CHECKING:
    from llamakeep.verify.probe.look import Look

_PATIENCE = 5.0  # seconds; on the host itself an answer comes at once, but a door that was idle has to start
_ASKED = b"GET /api/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def look(host: Look, wanted: dict[str, Any]) -> Iterator[None]:
    """Try each door as the host itself, as somebody without a certificate, and as somebody without TLS."""
    yield
    host.part("mutual_tls", lambda: _all(wanted), host.services)


def _all(wanted: dict[str, Any]) -> dict[str, Any]:
    name = wanted["name"]
    return {
        "ends": _ends(),
        "readers": _readers(),
        "doors": [
            {
                "address": address,
                "port": port,
                "shown": _shown(address, port, name),
                "without": _without(address, port, name),
                "plain": _plain(address, port),
            }
            for address, port in wanted["doors"]
        ],
    }


def _ends() -> str | None:
    # The only reader of certificates that every Python brings; it is the standard library's own test's.
    decoded: dict[str, Any] = ssl._ssl._test_decode_cert(CERTIFICATE)  # type: ignore[attr-defined]
    seconds = ssl.cert_time_to_seconds(decoded["notAfter"])
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()  # noqa: UP017 - Python 3.9


def _readers() -> str:
    path = Path(CERTIFICATE)
    return f"{path.owner()}:{path.group()} {path.stat().st_mode & 0o7777:04o}"


def _shown(address: str, port: int, name: str) -> str:
    """Return why a client of the fleet would go away again; empty: it would stay."""
    try:
        with connection.handshake(address, port, _PATIENCE, name, certificate=True) as line:
            own = line.getpeercert(binary_form=True) == _own()
        status, _, _ = connection.send(address, port, "GET", "/", _PATIENCE, name=name)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    if not own:
        return f"it does not show the certificate in {CERTIFICATE}: it was not reloaded since"
    return "" if status != 403 else "it lets nobody in by the certificate of its own host"


def _own() -> bytes:
    """Return the certificate that lies on the host, in one file with its key."""
    _, begin, rest = Path(CERTIFICATE).read_text(encoding="ascii").partition(ssl.PEM_HEADER)
    text, end, _ = rest.partition(ssl.PEM_FOOTER)
    return ssl.PEM_cert_to_DER_cert(begin + text + end)


def _without(address: str, port: int, name: str) -> str:
    """Return what comes back over TLS without a certificate; empty: nothing."""
    try:
        with connection.handshake(address, port, _PATIENCE, name, certificate=False) as line:
            line.sendall(_ASKED)
            return line.recv(64).decode("latin-1")  # with TLS 1.3 the refusal comes after the handshake
    except OSError:
        return ""


def _plain(address: str, port: int) -> str:
    """Return what comes back without TLS; empty: nothing."""
    with contextlib.suppress(OSError), socket.create_connection((address, port), _PATIENCE) as line:
        line.sendall(_ASKED)
        return line.recv(64).decode("latin-1")
    return ""
