"""Where the CA between hosts lies, and which files it has; without a look into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ca_place

FOLDER = ca_place.HOSTS
INDEX, LIST = "index.txt", "root.crl"
PREVIOUS, PREVIOUS_LIST = "previous.crt", "previous.crl"


def folder_of(variables: dict[str, Any]) -> Path:
    """Return where the CA between the hosts of the inventory in use lies, or would."""
    return ca_place.folder_of(variables) / FOLDER
