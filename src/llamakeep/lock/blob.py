"""The first bytes of a blob at a registry, by HTTP Range."""

import hashlib
import http.client
import re
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import Any

from llamakeep.errors import Refusal
from llamakeep.lock.manifest import Layer

_SILENCE = 10  # seconds without an answer
_PATIENCE = 180  # seconds for all that is read of one blob
_PIECE = 1 << 16
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class UnreachableError(Refusal):
    """The registry does not answer, or not in time: another model of it would fare no better."""


class _Storage(urllib.request.HTTPRedirectHandler):
    """A registry sends us on to its storage host; what is asked with is a Range, never a credential."""

    max_redirections = 5

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Follow to http or https, and not from https to http."""
        if not newurl.startswith("https://") and not (newurl.startswith("http://") and req.type == "http"):
            raise Refusal(
                req.full_url,
                f"the registry sends us to {newurl}",
                id="registry-redirect-unsafe",
                expected="a storage host as safe as the registry",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Blob:
    """One blob, read from its beginning on; bytes that were passed over cannot be had again."""

    def __init__(self, registry: str, path: str, layer: Layer) -> None:
        """Name a `layer` of the model at `path` of a `registry` (its base URL)."""
        self.url = f"{registry.rstrip('/')}/v2/{path}/blobs/sha256:{layer.digest}"
        self.size = layer.size
        self._at = self.url  # where it is kept, once we know
        self._whole: http.client.HTTPResponse | None = None  # an answer that brings everything
        self._passed = 0  # bytes of it
        self._until = time.monotonic() + _PATIENCE

    def __enter__(self) -> "Blob":
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        if self._whole is not None:
            self._whole.close()

    def read(self, offset: int, count: int) -> bytes:
        """Return `count` bytes from `offset` on; raises Refusal where they cannot be had."""
        try:
            if self._whole is None:
                answer = self._ask(offset, count)
                if answer.status == HTTPStatus.PARTIAL_CONTENT:
                    with answer:
                        self._expect(answer.headers.get("Content-Range", ""), offset)
                        return self._take(answer, count)
                self._whole = answer
            self._pass_to(self._whole, offset)
            found = self._take(self._whole, count)
            self._passed += len(found)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(f"the registry answers {error.code} {error.reason}", "206 or 200") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise UnreachableError(
                self.url,
                f"cannot be read: {reason}",
                id="registry-unreachable",
                expected=f"an answer within {_SILENCE} s",
                remedy="run llamakeep lock again when the registry can be reached",
            ) from error
        return found

    def _ask(self, offset: int, count: int) -> http.client.HTTPResponse:
        if not self._at.startswith(("http://", "https://")):
            raise Refusal(
                self._at,
                "no address of a registry",
                id="registry-url-invalid",
                expected="https://registry.example or http://…",
            )
        headers = {"Range": f"bytes={offset}-{offset + count - 1}", "Accept-Encoding": "identity"}
        request = urllib.request.Request(self._at, headers=headers)  # noqa: S310 - scheme is checked above
        answer: http.client.HTTPResponse = urllib.request.build_opener(_Storage).open(request, timeout=_SILENCE)
        if answer.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            answer.close()
            raise self._refused(f"the registry answers {answer.status} {answer.reason}", "206 or 200")
        self._at = answer.url
        return answer

    def _expect(self, span: str, offset: int) -> None:
        """Refuse a piece that is not the one which was asked for, or is of another file."""
        found = _RANGE.fullmatch(span.strip())
        if found is None or int(found[1]) != offset:
            raise self._refused(f"the registry sends {span or 'a piece without its place'}", f"bytes from {offset} on")
        if found[3] not in ("*", str(self.size)):
            raise self._refused(f"the registry has a blob of {found[3]} bytes", f"{self.size}, as the manifest says")

    def _pass_to(self, answer: http.client.HTTPResponse, offset: int) -> None:
        """Read past what is not wanted of an answer that brings everything."""
        while self._passed < offset:
            found = self._take(answer, min(_PIECE, offset - self._passed))
            if not found:
                return
            self._passed += len(found)

    def _take(self, answer: http.client.HTTPResponse, count: int) -> bytes:
        """Return `count` bytes, fewer where the connection ends; a trickle ends with our patience."""
        found = bytearray()
        while len(found) < count:
            if time.monotonic() > self._until:
                raise TimeoutError(f"too slow, {len(found)} of {count} bytes within {_PATIENCE} s")
            piece = answer.read1(min(_PIECE, count - len(found)))
            if not piece:
                break
            found += piece
        return bytes(found)

    def _refused(self, found: str, expected: str) -> Refusal:
        return Refusal(
            self.url,
            found,
            id="registry-answer-unexpected",
            expected=expected,
            remedy="is this model still at that registry?",
        )


def whole(registry: str, path: str, layer: Layer) -> bytes:
    """Return all of a small blob; raises Refusal where it is not what its digest says."""
    with Blob(registry, path, layer) as blob:
        body = blob.read(0, layer.size) if layer.size else b""
    found = hashlib.sha256(body).hexdigest()
    if found != layer.digest:
        raise Refusal(
            blob.url,
            f"its sha256 is {found}",
            id="blob-digest-mismatch",
            expected=layer.digest,
            remedy="look at this registry",
        )
    return body
