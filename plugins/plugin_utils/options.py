"""The options of our roles, from the one place where each is described."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Option(NamedTuple):
    """One option of one role."""

    name: str  # "ollama_version"
    role: str  # "ollama"
    spec: dict[str, Any]  # as meta/argument_specs.yml describes it
    defaults: Path  # the file that holds its default


def read(roles: Path) -> dict[str, Option]:
    """Return every option of the roles below the folder `roles`, by name."""
    found: dict[str, Option] = {}
    for path in sorted(roles.glob("*/meta/argument_specs.yml")):
        role = path.parent.parent
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - safe loader
        specs = (content or {}).get("argument_specs", {}).get("main", {}).get("options") or {}
        for name, spec in specs.items():
            found[name] = Option(name, role.name, spec, role / "defaults" / "main.yml")
    return found


def roles(known: dict[str, Option]) -> tuple[str, ...]:
    """Return the names of the roles that have options, longest first: the prefixes of their variables."""
    return tuple(sorted({option.role for option in known.values()}, key=lambda role: (-len(role), role)))
