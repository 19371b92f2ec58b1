"""Names of models: `[host/][namespace/]model[:tag]`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

DEFAULT_HOST = "registry.ollama.ai"
DEFAULT_NAMESPACE = "library"
DEFAULT_TAG = "latest"

_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}")
_MODEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
_TAG = _MODEL


class InvalidNameError(ValueError):
    """A text that names no model."""


@dataclass(frozen=True)
class Name:
    """One fully qualified name.

    >>> Name("registry.ollama.ai", "library", "mistral", "7b")
    """

    host: str
    namespace: str
    model: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Name:
        """Read a name as a person writes it; missing parts get their defaults."""
        text = text.partition("://")[2] or text
        path, colon, tag = text.rpartition(":")
        if not colon or "/" in tag:
            path, tag = text, DEFAULT_TAG
        parts = path.split("/")
        if len(parts) > 3:
            raise InvalidNameError(text)
        defaults = [DEFAULT_HOST, DEFAULT_NAMESPACE, ""]
        host, namespace, model = defaults[: 3 - len(parts)] + parts
        return cls(host, namespace, model, tag).checked()

    @classmethod
    def of_path(cls, path: PurePosixPath) -> Name:
        """Read a name from a manifest's place below `manifests/`."""
        if len(path.parts) != 4:
            raise InvalidNameError(str(path))
        return cls(*path.parts).checked()

    def checked(self) -> Name:
        """Return the name itself if every part of it is well formed."""
        forms = (
            (_HOST, self.host),
            (_NAMESPACE, self.namespace),
            (_MODEL, self.model),
            (_TAG, self.tag),
        )
        if not all(form.fullmatch(part) for form, part in forms):
            raise InvalidNameError(str(self))
        return self

    @property
    def path(self) -> PurePosixPath:
        """The manifest's place below `manifests/`."""
        return PurePosixPath(self.host, self.namespace, self.model, self.tag)

    @property
    def repository(self) -> str:
        """The path in a registry's URLs: `library/mistral`."""
        return f"{self.namespace}/{self.model}"

    def short(self) -> str:
        """Return the name as `ollama list` shows it: defaults left out, the tag always there."""
        text = f"{self.model}:{self.tag}"
        if self.host != DEFAULT_HOST:
            return f"{self.host}/{self.namespace}/{text}"
        if self.namespace != DEFAULT_NAMESPACE:
            return f"{self.namespace}/{text}"
        return text

    def __str__(self) -> str:
        return f"{self.host}/{self.namespace}/{self.model}:{self.tag}"
