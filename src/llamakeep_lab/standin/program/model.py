"""One model of the store, read: what the API says of it and what the engine needs of it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import gguf, human
from .manifest import Manifest
from .modelfile import printed
from .names import Name
from .store import InvalidDigestError, Store


@dataclass(frozen=True)
class Model:
    """A name, its manifest and the small layers' texts; `weights` is the GGUF blob."""

    name: Name
    manifest: Manifest
    config: dict[str, Any]
    weights: Path | None
    parent: str = ""
    template: str = ""
    system: str = ""
    licenses: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    messages: tuple[dict[str, Any], ...] = ()

    @classmethod
    def open(cls, store: Store, name: Name) -> Model:
        """Read a model; FileNotFoundError when the store has none of that name."""
        manifest = store.manifest(name)

        def texts(kind: str) -> list[str]:
            layers = [layer for layer in manifest.layers if layer.kind == kind]
            return [store.blob(layer.digest).read_text(encoding="utf-8", errors="replace") for layer in layers]

        weights = manifest.layer("model")
        config = store.blob(manifest.config.digest).read_bytes() if manifest.config.digest else b"{}"
        return cls(
            name=name,
            manifest=manifest,
            config=json.loads(config),
            weights=store.blob(weights.digest) if weights else None,
            parent=weights.origin if weights else "",
            template="".join(texts("template")[:1]),
            system="".join(texts("system")[:1]),
            licenses=tuple(texts("license")),
            parameters={key: value for text in texts("params") for key, value in json.loads(text).items()},
            messages=tuple(message for text in texts("messages") for message in json.loads(text)),
        )

    @property
    def header(self) -> gguf.Header | None:
        """What the GGUF says of itself; None when it is missing or is no GGUF."""
        with contextlib.suppress(OSError, gguf.NotGgufError):
            return gguf.read(self.weights) if self.weights else None
        return None

    @property
    def chat_template(self) -> str:
        """The template in force: the model's own layer, else the GGUF's."""
        if self.template:
            return self.template
        return str(self.header.values.get("tokenizer.chat_template", "")) if self.header else ""

    @property
    def capabilities(self) -> list[str]:
        """The stand-in never claims more than completion: it plays no tools, images or embeddings."""
        return ["completion"]

    def details(self) -> dict[str, Any]:
        """Return the `details` of /api/show, /api/tags and /api/ps."""
        return {
            "parent_model": self.parent,
            "format": self.config.get("model_format", ""),
            "family": self.config.get("model_family", ""),
            "families": self.config.get("model_families"),
            "parameter_size": self.config.get("model_type", ""),
            "quantization_level": self.config.get("file_type", ""),
        }

    def listed(self) -> dict[str, Any]:
        """Return the model's entry in /api/tags."""
        details = self.details()
        if self.header:
            details["context_length"] = self.header.number("context_length")
            details["embedding_length"] = self.header.number("embedding_length")
        return {
            "name": self.name.short(),
            "model": self.name.short(),
            "modified_at": human.stamp(self.manifest.modified),
            "size": self.manifest.size,
            "digest": self.manifest.digest,
            "details": details,
            "capabilities": self.capabilities,
        }

    def shown(self) -> dict[str, Any]:
        """Return the answer of /api/show."""
        answer: dict[str, Any] = {
            "license": "\n".join(self.licenses),
            "modelfile": printed(self),
            "parameters": "\n".join(self._parameter_lines()),
            "template": self.chat_template,
            "system": self.system,
            "details": self.details(),
            "messages": list(self.messages),
        }
        for optional in ("license", "parameters", "template", "system", "messages"):
            if not answer[optional]:
                del answer[optional]
        if self.header:
            answer["model_info"] = self._info(self.header)
            answer["tensors"] = [
                {"name": tensor.name, "type": tensor.type, "shape": list(tensor.shape)}
                for tensor in self.header.tensors
            ]
        answer["capabilities"] = self.capabilities
        answer["modified_at"] = human.stamp(self.manifest.modified)
        return answer

    def _parameter_lines(self) -> list[str]:
        lines = []
        for key, value in self.parameters.items():
            values = value if isinstance(value, list) else [value]
            lines += [f"{key:<30} {json.dumps(each, ensure_ascii=False)}" for each in values]
        return lines

    @staticmethod
    def _info(header: gguf.Header) -> dict[str, Any]:
        left_out = ("general.name", "tokenizer.chat_template")
        info = {key: value for key, value in header.values.items() if key not in left_out}
        info["general.parameter_count"] = header.parameters
        return dict(sorted(info.items()))


def find(store: Store, text: str) -> Model:
    """Open the model that a client names; FileNotFoundError or InvalidNameError when that cannot be."""
    name = store.spelled(Name.parse(text))
    try:
        return Model.open(store, name)
    except InvalidDigestError as error:
        raise FileNotFoundError(str(name)) from error
