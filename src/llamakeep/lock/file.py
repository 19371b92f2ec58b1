"""`llamakeep.lock`: where it lies, how it is read, how it is written."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import canonical
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.lock import NAME as NAME
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.lock import lock_for
from pydantic import ValidationError

from llamakeep.errors import Refusal
from llamakeep.lock import marks
from llamakeep.lock.lock import Lock, LockedModel
from llamakeep.lock.releases import shipped

_HEADER = """\
# Written by `llamakeep lock`, to be kept under version control: what a rollout installs, to the byte.
# A model moves only by name: llamakeep lock -i INVENTORY --upgrade NAME
"""


def path_for(inventory: str) -> Path:
    """Return where the lock of an inventory lies: in its folder, or beside its file."""
    return lock_for(Path(inventory))


def read(inventory: str) -> Lock:
    """Return the lock of an inventory laid over the releases that the kit ships."""
    own = read_own(path_for(inventory))
    versions = {**shipped(), **own.ollama}
    laid_over = {version: {**shipped().get(version, {}), **versions[version]} for version in versions}
    return own.model_copy(update={"ollama": laid_over})


def read_own(path: Path) -> Lock:
    """Return what the file at `path` holds, and nothing else; an empty lock where there is no file.

    Raises Refusal with file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Lock()
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(str(path), f"the lock cannot be read: {error}", id="lock-unreadable") from error
    tree = marks.compose(path, text)
    if tree is None:
        return Lock()
    content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe loader
    try:
        lock = Lock.model_validate(_named(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = [str(step) for step in first["loc"]]
        raise Refusal(
            f"{path}:{marks.line_of(tree, where)}",
            f"{'.'.join(where) or 'the lock'}: {first['msg'].lower()}",
            id="lock-malformed",
            expected="what `llamakeep lock` writes",
            remedy="restore the file from version control, or delete it and run llamakeep lock again",
        ) from error
    _verify(lock, path, tree)
    return lock


def _named(content: Any) -> Any:
    """Give each model the name under which it stands; what has another shape is left to the validation."""
    if not isinstance(content, dict) or not isinstance(content.get("models"), dict):
        return content
    models = {
        name: {"name": name, **model} if isinstance(model, dict) else model for name, model in content["models"].items()
    }
    return {**content, "models": models}


def _verify(lock: Lock, path: Path, tree: yaml.Node) -> None:
    """Refuse a format of the future, names that are not canonical, and manifests that were edited."""
    if lock.format != 1:
        raise Refusal(
            f"{path}:{marks.line_of(tree, ['format'])}",
            f"the lock has format {lock.format}",
            id="lock-format-unknown",
            expected="format 1",
            remedy="install the llamakeep that wrote it",
        )
    for name, model in lock.models.items():
        line = marks.line_of(tree, ["models", name])
        if canonical(name, f"{path}:{line}") != name:
            raise Refusal(
                f"{path}:{line}", f"{name!r} is not canonical", id="model-name-not-canonical", expected=canonical(name)
            )
        found = hashlib.sha256(model.manifest.encode()).hexdigest()
        if found != model.digest:
            raise Refusal(
                f"{path}:{marks.line_of(tree, ['models', name, 'manifest'])}",
                f"the manifest of {name} was changed: its sha256 is {found}",
                id="manifest-digest-mismatch",
                expected=model.digest,
                remedy=f"restore the file from version control, or: llamakeep lock --upgrade {name}",
            )


def write(path: Path, lock: Lock) -> None:
    """Write `lock` to `path` in one step: the same lock always gives the same bytes."""
    models = {
        name: model.model_dump(exclude={"name", "dimensions"}) | {"manifest": _Quoted(model.manifest)} | _numbers(model)
        for name, model in lock.models.items()
    }
    content: dict[str, Any] = {"format": lock.format}
    if lock.ollama:
        content["ollama"] = lock.model_dump()["ollama"]
    content["models"] = models
    ordered = {key: content[key] for key in ("format", "ollama", "models") if key in content}
    body = yaml.dump(ordered, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=1 << 30)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{NAME}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_HEADER + body)
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _numbers(model: LockedModel) -> dict[str, "_Line"]:
    """Return the entry for the numbers of a model, without those that are as usual; nothing where there are none."""
    found = model.dimensions
    return {} if found is None else {"dimensions": _Line(found.model_dump(exclude_defaults=True))}


class _Line(dict[str, Any]):
    """A table in one line."""


class _Quoted(str):
    """A manifest: always quoted, so that its bytes are plain to see in a diff."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """SafeDumper that keeps manifests in quotes, and numbers in a line."""


def _quoted(dumper: yaml.SafeDumper, value: _Quoted) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style="'")


def _line(dumper: yaml.SafeDumper, value: _Line) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


_Dumper.add_representer(_Quoted, _quoted)
_Dumper.add_representer(_Line, _line)
