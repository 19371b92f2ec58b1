"""A registry as the source of a model's manifest."""

import hashlib
import http.client
import json
import urllib.error
import urllib.request
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils import model_name as names

from llamakeep.errors import Refusal
from llamakeep.lock.lock import LockedModel

_ACCEPT = "application/vnd.docker.distribution.manifest.v2+json"
_LIMIT = 10  # seconds without an answer
_LARGEST = 4 << 20  # bytes; a manifest has a few hundred


class UnknownModelError(Exception):
    """The registry answers, and has no model of that name."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A manifest decides what is installed: it comes from the registry that was named, or not at all."""

    def redirect_request(self, *_: Any) -> None:
        """Leave the redirect to be reported as it stands."""


def resolve(name: str, registry: str) -> LockedModel:
    """Return the model that `registry` (a base URL) has under the canonical `name` now.

    Raises UnknownModelError where it has none, Refusal where it cannot be asked.
    """
    registry = registry.rstrip("/")
    url = f"{registry}/v2/{names.path(name)}/manifests/{names.tag(name)}"
    body = _get(url)
    return LockedModel(
        name=name,
        registry=registry,
        path=names.path(name),
        digest=hashlib.sha256(body).hexdigest(),
        size=_size(url, body),
        manifest=body.decode(),
    )


def _get(url: str) -> bytes:
    """Return the bytes at `url`."""
    if not url.startswith(("http://", "https://")):
        raise Refusal(
            url, "no address of a registry", id="registry-url-invalid", expected="https://registry.example or http://…"
        )
    request = urllib.request.Request(url, headers={"Accept": _ACCEPT})  # noqa: S310 - scheme is checked above
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=_LIMIT) as answer:
            body: bytes = answer.read(_LARGEST + 1)
    except urllib.error.HTTPError as error:
        raise _refused(url, error) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise Refusal(
            url,
            f"the registry cannot be reached: {reason}",
            id="registry-unreachable",
            expected=f"an answer within {_LIMIT} s",
            remedy="is this machine on the network? A mirror can be named in ollama_models_sources",
        ) from error
    if len(body) > _LARGEST:
        raise Refusal(
            url, f"the answer is larger than {_LARGEST} bytes", id="registry-answer-too-large", expected="a manifest"
        )
    return body


def _refused(url: str, error: urllib.error.HTTPError) -> Exception:
    """Put an HTTP status into words."""
    if error.code == http.HTTPStatus.NOT_FOUND:
        return UnknownModelError(url)
    if error.code in range(300, 400):
        return Refusal(
            url,
            f"the registry sends us to {error.headers.get('Location', 'nowhere')}",
            id="registry-redirect-unsafe",
            expected="the manifest itself",
            remedy="name that address in ollama_models_sources if you trust it",
        )
    return Refusal(
        url,
        f"the registry answers {error.code} {error.reason}",
        id="registry-answer-unexpected",
        expected="200 and a manifest",
    )


def _size(url: str, body: bytes) -> int:
    """Return the bytes of all blobs that a manifest names; refuse what is no manifest."""
    try:
        manifest = json.loads(body.decode())
        blobs = {blob["digest"]: blob["size"] for blob in (manifest["config"], *manifest["layers"])}
        sound = all(isinstance(size, int) and size >= 0 and _is_digest(digest) for digest, size in blobs.items())
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise Refusal(
            url, "the answer is no manifest of a model", id="manifest-malformed", expected="JSON with config and layers"
        )
    return sum(blobs.values())


def _is_digest(text: str) -> bool:
    """Tell whether `text` is `sha256:` and 64 hexadecimal digits."""
    scheme, _, digits = text.partition(":")
    return scheme == "sha256" and len(digits) == 64 and not digits.strip("0123456789abcdef")
