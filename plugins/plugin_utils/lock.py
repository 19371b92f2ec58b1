"""The lock beside the inventory, as the plugins read it on the control node."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import canonical
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.wishes import named

NAME = "llamakeep.lock"
_EMPTY: dict[str, Any] = {"format": 1, "ollama": {}, "models": {}}


def places(variables: dict[str, Any]) -> list[Path]:
    """Return where the lock may lie: in the inventory's folder, or beside its file; the likeliest first."""
    given = variables.get("ansible_inventory_sources") or []
    sources = [Path(source) for source in given if "," not in str(source)]
    found = [lock_for(source) for source in sources]
    if variables.get("inventory_dir"):
        found.append(Path(variables["inventory_dir"]) / NAME)
    return list(dict.fromkeys(found))


def lock_for(source: Path) -> Path:
    """Return where the lock of an inventory lies: in its folder, or beside its file."""
    return source / NAME if source.is_dir() else source.parent / NAME


def find(variables: dict[str, Any]) -> Path | None:
    """Return the lock of the inventory in use, None where it has none."""
    return next((place for place in places(variables) if place.is_file()), None)


def read(path: Path | None) -> dict[str, Any]:
    """Return the lock's content, with empty parts where there is no lock.

    >>> {"format": 1, "ollama": {"0.34.4": {"linux-amd64": {"url": "…", "sha256": "…", "size": 1427703051}}},
    ...  "models": {"mistral:7b": {"registry": "…", "path": "library/mistral", "digest": "…", "manifest": "…"}}}
    """
    if path is None:
        return dict(_EMPTY)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(content, dict) or content.get("format", 1) != 1:
        raise _unreadable(path, "it is not a lock of format 1")
    parts = {**_EMPTY, **{key: value for key, value in content.items() if value is not None}}
    for part in ("ollama", "models"):
        if not isinstance(parts[part], dict) or not all(isinstance(entry, dict) for entry in parts[part].values()):
            raise _unreadable(path, f"its part {part!r} is no table of names")
    return parts


def _unreadable(path: Path, found: str) -> Refusal:
    return Refusal(
        str(path),
        f"cannot be read as a lock: {found}",
        id="lock-unreadable",
        expected="what `llamakeep lock` wrote",
        remedy="take the last good one from version control, or write it anew with `llamakeep lock`",
    )


def wanted_models(
    names: list[Any], sources: list[str], variables: dict[str, Any], left_out: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Return the module's entry for each name, `sources` before the lock's registry, or refuse unknown names."""
    path = find(variables)
    known = read(path)["models"]
    asked = dict.fromkeys(canonical(name) for name in named(names))
    wanted = [name for name in asked if name not in left_out]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise _unknown(unknown, known, path, variables)
    return [
        {
            "name": name,
            **{key: known[name][key] for key in ("path", "digest", "manifest")},
            "sources": list(dict.fromkeys(url.rstrip("/") for url in [*sources, known[name]["registry"]])),
        }
        for name in wanted
    ]


def _unknown(names: list[str], known: dict[str, Any], path: Path | None, variables: dict[str, Any]) -> Refusal:
    place = path or next(iter(places(variables)), Path(NAME))
    near = {name: _nearest(name, known) for name in names}
    listed = "; ".join(f"{name} (nearest: {', '.join(near[name])})" if near[name] else name for name in names)
    sources = variables.get("ansible_inventory_sources") or ["<inventory>"]
    return Refusal(
        "ollama_models_names",
        f"not in {place}: {listed}" if path else f"{listed}: there is no lock at {place}",
        id="model-not-locked",
        expected=f"one of {', '.join(sorted(known))}" if known else "models that the lock resolves to digests",
        remedy=f"correct the name, or write it into the lock: llamakeep lock -i {sources[0]}",
    )


def _nearest(name: str, known: dict[str, Any]) -> list[str]:
    """Return the known names that are most like a name: other tags of it first, then other spellings."""
    models = list(dict.fromkeys(other.partition(":")[0] for other in known))
    near = difflib.get_close_matches(name.partition(":")[0], models, n=2)
    return [other for model in near for other in known if other.partition(":")[0] == model][:3]
