"""The releases that the kit ships, from the role that installs them."""

from functools import cache
from typing import Any

import yaml

from llamakeep import collection
from llamakeep.lock.lock import Archive


@cache
def shipped() -> dict[str, dict[str, Archive]]:
    """Return version -> platform -> archive, as roles/ollama/vars/releases.yml has them."""
    path = collection.root() / "roles" / "ollama" / "vars" / "releases.yml"
    text = path.read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return {
        str(version): {platform: Archive(**archive) for platform, archive in platforms.items()}
        for version, platforms in content["__ollama_releases"].items()
    }
