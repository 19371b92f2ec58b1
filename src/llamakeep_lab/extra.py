"""The parts of the lab that need the optional dependencies `llamakeep[lab]`, loaded when they are needed."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from llamakeep.errors import Refusal


class Content(Protocol):
    """What the lab's registry serves."""

    @property
    def folder(self) -> Path:
        """The tree that the registry's server reads."""

    @property
    def models(self) -> dict[str, Any]:
        """Canonical name -> the fields of a LockedModel."""


def standin_archive() -> Callable[[Path, str], Path]:
    """Return the function that packs the stand-in: (folder, version) -> archive."""
    build: Callable[[Path, str], Path] = _load("llamakeep_lab.standin.archive").build
    return build


def registry_content() -> Callable[[Path], Content]:
    """Return the function that makes what the registry serves: (folder) -> content."""
    build: Callable[[Path], Content] = _load("llamakeep_lab.registry.content").build
    return build


def _load(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise Refusal(
            "lab",
            f"the Python package {error.name} is not installed",
            id="python-package-missing",
            remedy="pip install 'llamakeep[lab]'",
        ) from error
