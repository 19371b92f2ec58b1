"""The releases that the kit ships and knows, from the role that installs them."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from llamakeep import collection
from llamakeep.lock.lock import Archive
from llamakeep.record import Record


class KnownRelease(Record):
    """The newest release of Ollama that this kit was held against."""

    release: str  # "0.35.1"
    below: str  # the first release that nobody has held it against: "0.36"
    written: str  # ISO date of that statement


@cache
def shipped() -> dict[str, dict[str, Archive]]:
    """Return version -> platform -> archive, as roles/ollama/vars/releases.yml has them."""
    content = _variables(Path("releases.yml"))
    return {
        str(version): {platform: Archive(**archive) for platform, archive in platforms.items()}
        for version, platforms in content["__ollama_releases"].items()
    }


@cache
def newest_known() -> KnownRelease:
    """Return the newest release that this kit knows, as roles/ollama/vars/main/known.yml has it."""
    return KnownRelease.model_validate(_variables(Path("main") / "known.yml")["__ollama_newest_known"])


def _variables(path: Path) -> dict[str, Any]:
    text = (collection.root() / "roles" / "ollama" / "vars" / path).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return found
