"""Who may read files."""

from __future__ import annotations

import pwd
import stat
from pathlib import Path
from typing import Any


def files(paths: list[Path]) -> list[dict[str, Any]]:
    """Return owner and mode of what there is of some files.

    >>> [{"path": "/etc/llamakeep/open_webui/secret_key", "owner": "root", "mode": "0600"}]
    """
    found = []
    for path in dict.fromkeys(paths):
        try:
            seen = path.stat()
        except OSError:
            continue
        found.append({"path": str(path), "owner": _name(seen.st_uid), "mode": f"{stat.S_IMODE(seen.st_mode):04o}"})
    return found


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
