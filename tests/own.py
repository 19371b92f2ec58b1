"""The names of the labs that this run brings up: no other checkout on this machine has them, and no other worker."""

import hashlib
import os
from pathlib import Path

_CHECKOUT = hashlib.sha256(str(Path(__file__).resolve().parents[1]).encode()).hexdigest()[:5]
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # each process of `pytest -n 2` has labs of its own


def own(lab: str) -> str:
    """Return the name here of one of the labs, `test-3f2a1-gw0`."""
    return "-".join(filter(None, (lab, _CHECKOUT, _WORKER)))
