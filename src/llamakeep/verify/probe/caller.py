"""What a caller finds at a gateway who has no key and has not logged in: over TLS, and without it."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
from typing import Any

from llamakeep.verify.probe import connection

_REACHED = 3.0  # seconds for a connection
_MOST = 1 << 20  # bytes of an answer
_HEADERS = (
    "content-type",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "content-security-policy",
    "www-authenticate",
    "location",
    "set-cookie",
)
_API = (
    ("GET", "/api/tags"),
    ("GET", "/api/version"),
    ("GET", "/v1/models"),
    ("POST", "/api/chat"),
    ("POST", "/api/generate"),
    ("POST", "/api/embed"),
    ("POST", "/api/show"),
    ("POST", "/v1/chat/completions"),
    ("GET", "/api/ps"),
    ("POST", "/api/pull"),
    ("POST", "/api/push"),
    ("POST", "/api/create"),
    ("POST", "/api/copy"),
    ("DELETE", "/api/delete"),
    ("HEAD", f"/api/blobs/sha256:{'0' * 64}"),
)
_CHAT = (
    ("GET", "/api/models"),
    ("GET", "/api/v1/users/"),
    ("GET", "/api/v1/chats/"),
    ("GET", "/ollama/api/tags"),
    ("POST", "/ollama/api/chat"),
    ("POST", "/ollama/api/pull"),
    ("POST", "/api/chat/completions"),
)
# Nobody has such an address, and the chat would make no account for it: but it asks first whether it may make one.
_NOBODY = {"name": "verify", "email": "llamakeep verify", "password": ""}


class Call:
    """One caller at one address of a gateway."""

    def __init__(self, request: dict[str, Any]) -> None:
        """Take the request: address, port, domain, whether there is a chat, the root if any, and a nonce."""
        self.request = request
        self.patience: float = request["patience"]
        self.api, self.chat = (f"{first}.{request['domain']}".lower() for first in ("api", "chat"))
        self._lines: dict[str, http.client.HTTPConnection] = {}
        outcome = connection.outcome(request["address"], request["port"], min(_REACHED, self.patience))
        self._lost = "" if outcome == "answers" else outcome  # why nothing more needs to be tried

    def all(self) -> dict[str, Any]:
        """Ask everything; whatever fails leaves its reason instead."""
        nonce = self.request["nonce"]
        body = {"model": nonce, "prompt": nonce, "messages": [{"role": "user", "content": nonce}], "stream": False}
        found: dict[str, Any] = {
            "address": self.request["address"],
            "port": self.request["port"],
            "trust": {name: self.trust(name) for name in (self.api, self.chat)},
            "plain": self.plain(),
            "foreign": self.ask(self.api, "GET", "/api/tags", host=self.request["foreign_host"]),
            "unkeyed": [self.ask(self.api, method, f"{path}?{nonce}", _body(method, body)) for method, path in _API],
            "miskeyed": [
                self.ask(self.api, "GET", "/api/tags", headers={name: value})
                for name, value in (("Authorization", f"Bearer lk_{nonce}"), ("x-api-key", f"lk_{nonce}"))
            ],
        }
        if self.request["has_chat"]:
            found["page"] = self.ask(self.chat, "GET", "/")
            found["config"] = self.ask(self.chat, "GET", "/api/config")
            found["sign_up"] = self.ask(self.chat, "POST", "/api/v1/auths/signup", _NOBODY)
            found["file"] = self.ask(self.chat, "POST", "/api/v1/files/", {})
            found["unauthenticated"] = [
                self.ask(self.chat, method, path, _body(method, body)) for method, path in _CHAT
            ]
        for line in self._lines.values():
            line.close()
        return found

    def trust(self, name: str) -> str:
        """Return why a client that trusts the root would not trust what it is shown for a name; empty: it would.

        Without a root nobody can say; who the certificate is for is checked elsewhere.
        """
        if self._lost:
            return self._lost
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        root = self.request.get("root")
        if root:
            context.load_verify_locations(cadata=root)
        else:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            self._wrapped(context, name).close()
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
        except OSError as error:
            return str(error) or type(error).__name__
        return ""

    def plain(self) -> dict[str, Any]:
        """Ask without TLS, at the port that speaks it."""
        if self._lost:
            return {"method": "GET", "path": "/api/tags", "error": self._lost}
        line = http.client.HTTPConnection(self.request["address"], self.request["port"], timeout=self.patience)
        with contextlib.closing(line):
            found = _exchange(line, "GET", "/api/tags", None, {"Host": self.api, "Connection": "close"})
        found.pop("closes", None)
        return found

    def ask(
        self,
        name: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        host: str = "",
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Ask once over TLS, on the line that is open to that name."""
        given = {"Host": host or name, **(headers or {})}
        try:
            line = self._lines.get(name) or self._line(name)
        except OSError as error:
            self._lost = str(error) or type(error).__name__
            return {"method": method, "path": path.partition("?")[0], "error": self._lost}
        found = _exchange(line, method, path, body, given)
        if found.pop("closes", True):
            line.close()
            self._lines.pop(name, None)
        return found

    def _line(self, name: str) -> http.client.HTTPConnection:
        if self._lost:
            raise OSError(self._lost)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # checked by trust()
        line = http.client.HTTPConnection(name, timeout=self.patience)
        line.sock = self._wrapped(context, name)
        self._lines[name] = line
        return line

    def _wrapped(self, context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
        plug = socket.create_connection((self.request["address"], self.request["port"]), self.patience)
        try:
            return context.wrap_socket(plug, server_hostname=name)
        except OSError:
            plug.close()
            raise


def _body(method: str, body: dict[str, Any]) -> dict[str, Any] | None:
    return body if method in {"POST", "DELETE"} else None


def _exchange(
    line: http.client.HTTPConnection, method: str, path: str, body: Any, headers: dict[str, str]
) -> dict[str, Any]:
    """Return one answer: its status, the headers that matter, and its version where it is JSON and has one.

    >>> {"method": "GET", "path": "/api/config", "status": 200, "headers": {…}, "version": "0.12.4"}
    """
    found: dict[str, Any] = {"method": method, "path": path.partition("?")[0]}
    try:
        sent = None if body is None else json.dumps(body).encode()
        line.request(method, path, sent, {**headers, **({"Content-Type": "application/json"} if sent else {})})
        answer = line.getresponse()
        text = answer.read(_MOST)
    except (OSError, http.client.HTTPException) as error:
        return {**found, "error": str(error) or type(error).__name__}
    said = {name: value for name in _HEADERS if (value := answer.getheader(name)) is not None}
    found.update(status=answer.status, headers=said, closes=answer.will_close)
    if "json" in said.get("content-type", ""):
        with contextlib.suppress(ValueError):
            whole = json.loads(text)
            found["version"] = str(whole["version"]) if isinstance(whole, dict) and "version" in whole else ""
    return found
