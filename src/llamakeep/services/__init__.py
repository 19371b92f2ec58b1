"""The services: one folder for each, named like its role, with a module or a package for each stage.

The stages ask this registry and name no service. It is drawn from the folders: `services/<name>/<stage>`, whose class
`Stage` keeps to what the stage declares. Nothing is imported before a stage asks for it.
"""

import importlib
from functools import cache
from pathlib import Path
from typing import Any

STAGES = ("wanted", "observed", "planned", "verified", "reported")
_FOLDER = Path(__file__).parent


@cache
def names() -> tuple[str, ...]:
    """Return the names of the services, in the order in which a play has their roles.

    >>> names()
    ('firewall', 'ollama', 'ollama_models', …)
    """
    from ansible_collections.llamakeep.fleet.plugins.plugin_utils.played import PLAYED

    known = [path.name for path in _FOLDER.iterdir() if (path / "__init__.py").is_file()]
    return tuple(sorted(known, key=lambda name: (PLAYED.index(name) if name in PLAYED else len(PLAYED), name)))


@cache
def parts(stage: str) -> dict[str, Any]:
    """Return service -> its part in a stage, for the services that have one; each stage types it for itself.

    >>> parts("wanted")
    {'ollama': <llamakeep.services.ollama.wanted.Stage object>, …}
    """
    return {name: part for name in names() if (part := _part(name, stage)) is not None}


def of_their_kinds(stage: str, found: Any) -> Any:
    """Return service -> record with each record read as its own kind; what is no such mapping stays as it is.

    >>> of_their_kinds("wanted", {"chatbox": {"managed": {}, "version": "1.20.0"}})
    {'chatbox': WantedChatbox(version='1.20.0', …)}
    """
    if not isinstance(found, dict):
        return found
    known = parts(stage)
    return {
        name: known[name].record.model_validate(one) if isinstance(one, dict) and name in known else one
        for name, one in found.items()
    }


def _part(name: str, stage: str) -> Any:
    folder = _FOLDER / name
    if not (folder / f"{stage}.py").is_file() and not (folder / stage / "__init__.py").is_file():
        return None
    return importlib.import_module(f"{__name__}.{name}.{stage}").Stage()
