"""The lab: a rehearsal fleet of real Debian hosts in containers, for the demo, the tests and the bench."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamakeep_lab.lab import Lab, attach
    from llamakeep_lab.machine import Machine, Ran
    from llamakeep_lab.raising import up
    from llamakeep_lab.razing import Removed, down

__all__ = ["Lab", "Machine", "Ran", "Removed", "attach", "down", "up"]

_MODULES = {
    "Lab": "lab",
    "attach": "lab",
    "Machine": "machine",
    "Ran": "machine",
    "up": "raising",
    "Removed": "razing",
    "down": "razing",
}


def __getattr__(name: str) -> object:
    """Import what is asked for: `llamakeep --help` loads this package and needs no Docker SDK."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
