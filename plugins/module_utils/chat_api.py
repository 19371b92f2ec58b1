"""The Open WebUI of this host, asked through its own door and its own API, in the name of its first administrator.

Whatever that one's password has become in the browser: a session is a token that the program itself signs with a key
of root's, and root signs one for a minute here. It names the administrator and the stamp of his account, which are read
from the database; both change when his sessions are ended, and the next token bears the new ones.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint, nearest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

KEY = "/etc/llamakeep/open_webui/secret_key"
UNIT = "open-webui.service"
TIMEOUT = 130  # seconds; the door itself has 120 of patience with a service that starts
LIFETIME = 300  # seconds of a token
JOURNAL = f"journalctl -u {UNIT} -n 50 says why"


class Silent(Refusal):
    """Nobody answers there."""


class Answer(Exception):  # noqa: N818 - it is an answer, which the caller judges
    """An answer that is no success."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail

    def refusal(self, place: str) -> Refusal:
        """Return it as the operator reads it."""
        return Refusal(
            place,
            f"Open WebUI says {self.detail} ({self.status})",
            id="chat-api-refused",
            remedy="see to it and run again",
        )


def door(addresses: list[str], port: int) -> str:
    """Return where to connect: at loopback where the door listens there.

    >>> door(["192.0.2.7", "::1"], 8080), door(["0.0.0.0"], 80)
    ('http://[::1]:8080', 'http://127.0.0.1:80')
    """
    return f"http://{endpoint(nearest(addresses), port)}"


def token(account: dict[str, Any], secret: str, now: int) -> str:
    """Return a token for `{"id": "…", "session_stamp": "…"}`, as the program signs them (JWT, HS256).

    Of a kind that stands for a program, for which no second factor is asked.
    """
    claims = {"id": account["id"], "typ": "automation", "session_stamp": account.get("session_stamp")}
    payload = {**claims, "jti": str(uuid.uuid4()), "iat": now, "exp": now + LIFETIME}
    parts = [_coded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, payload)]
    signature = hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, _coded(signature)])


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Chat:
    """The program behind one door; without a token it is asked as an unauthenticated client would."""

    def __init__(self, url: str, bearer: str = "") -> None:
        self.url = url
        self.bearer = bearer
        # Whatever proxy is set for this host: this stays on it.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def entered(self, account: dict[str, Any], secret: str) -> Chat:
        """Return the same program, asked in somebody's name."""
        return Chat(self.url, token(account, secret, int(time.time())))

    def ask(self, path: str, body: object = None) -> Any:
        """Return what JSON says: GET without a body, POST with one; raise Answer where it is no success."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.bearer:
            headers["Authorization"] = f"Bearer {self.bearer}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers)
        try:
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                return self._read(path, answer)
        except urllib.error.HTTPError as error:
            raise Answer(error.code, _detail(error.read())) from error
        except OSError as error:
            remedy = JOURNAL
            raise Silent(
                self.url, f"nobody answers: {error}", id="chat-api-unreachable", expected="Open WebUI", remedy=remedy
            ) from error

    def _read(self, path: str, answer: Any) -> Any:
        text = answer.read().decode("utf-8", "replace")
        try:
            return json.loads(text)
        except ValueError as error:  # it answers what it does not know with its page
            expected = "JSON, as the versions of Open WebUI answer that the role ships"
            raise Refusal(
                self.url + path,
                "answers with a page",
                id="chat-api-answer-unexpected",
                expected=expected,
                remedy=JOURNAL,
            ) from error


def _detail(body: bytes) -> str:
    """Return what an answer says went wrong.

    >>> _detail(b'{"detail": "Not authenticated"}')
    'Not authenticated'
    """
    text = body.decode("utf-8", "replace")
    try:
        said = json.loads(text)
    except ValueError:
        return text[:200]
    return str(said.get("detail", said)) if isinstance(said, dict) else str(said)
