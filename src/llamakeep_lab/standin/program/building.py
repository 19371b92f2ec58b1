"""`ollama create`: a Modelfile becomes a request, its files become blobs on the server."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from . import modelfile
from .client import Client
from .names import InvalidNameError, Name

_CHUNK = 1 << 20
_SINGLE = ("template", "system", "renderer", "parser", "requires")


def request(client: Client, model: str, file: str) -> dict[str, Any]:
    """Return the body for /api/create, after the Modelfile's files were sent."""
    try:
        Name.parse(model)
    except InvalidNameError as error:
        raise ValueError(f"invalid model name: {model}") from error
    path = Path(file)
    if not path.is_file():
        raise FileNotFoundError("specified Modelfile wasn't found")
    commands = modelfile.parse(path.read_text(encoding="utf-8"))
    asked: dict[str, Any] = {"model": model}
    for command in commands:
        if command.name == "from":
            asked.update(_from(client, path.parent, command.value))
        elif command.name in _SINGLE:
            asked[command.name] = command.value
        elif command.name == "license":
            asked.setdefault("license", []).append(command.value)
        elif command.name == "message":
            role, _, content = command.value.partition(": ")
            asked.setdefault("messages", []).append({"role": role, "content": content})
        elif command.name in ("adapter", "draft"):
            raise ValueError(f"the stand-in does not play {command.name.upper()}")
    parameters = modelfile.parameters(commands)
    return {**asked, "parameters": parameters} if parameters else asked


def _from(client: Client, folder: Path, value: str) -> dict[str, Any]:
    """Tell a model's name from a file's path: what exists as a file is one."""
    path = folder / Path(value).expanduser()
    if path.is_dir():
        found = sorted(path.glob("*.gguf"))
        if not found:
            raise FileNotFoundError("no Modelfile or safetensors files found")
        path = found[0]
    if not path.is_file():
        return {"from": value}
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    name = f"sha256:{digest.hexdigest()}"
    client.upload(path, name)
    return {"files": {path.name: name}}
