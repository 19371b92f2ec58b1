"""The Chatbox of each user of a desktop: whether its settings are as wanted, and nothing of what they are."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamakeep.verify.probe.files import files

if TYPE_CHECKING:
    from llamakeep.verify.probe.look import Look

_MOST = 16 << 20  # bytes of settings


def look(host: Look, wanted: dict[str, Any]) -> Iterator[None]:
    """Look at the settings of each user."""
    yield
    host.part("chatbox", lambda: users(wanted), host.services)


def users(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what was seen of each user; `wanted` has the profile, the provider, its address, a nonce and the keys."""
    return {"users": [{"user": user, **_of(user, key, wanted)} for user, key in wanted["keys"].items()]}


def _of(user: str, key: str, wanted: dict[str, Any]) -> dict[str, Any]:
    try:
        who = pwd.getpwnam(user)
    except KeyError:
        return {"fault": "there is no such user on the host"}
    folder = Path(who.pw_dir) / ".config" / wanted["profile"]
    try:
        settings = _read(folder / "config.json", who.pw_uid).get("settings")
    except (OSError, ValueError) as error:
        said = (error.strerror or "cannot be read") if isinstance(error, OSError) else str(error)
        return {"fault": f"{folder / 'config.json'}: {said}"}
    return {**compared(settings, key, wanted), "folder": next(iter(files([folder])), None)}


def compared(settings: Any, key: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return how settings compare with what is wanted; `key` is the salted hash of the user's, empty: not known.

    >>> compared({"providers": {…}, "allowReportingAndTracking": False, "autoUpdate": False}, "ab12…", wanted)
    {"asks": True, "key": True, "models": ["mistral:7b"], "reports": False, "updates": False}
    """
    settings = _mapping(settings)
    provider = _mapping(_mapping(settings.get("providers")).get(wanted["provider"]))
    models = provider.get("models")
    found = hashlib.sha256((wanted["nonce"] + str(provider.get("apiKey") or "")).encode()).hexdigest()
    return {
        "asks": provider.get("apiHost") == wanted["address"],
        "key": found == key if key else None,
        "models": [str(one.get("modelId")) for one in models if isinstance(one, dict)]
        if isinstance(models, list)
        else [],
        "reports": settings.get("allowReportingAndTracking") is not False,
        "updates": settings.get("autoUpdate") is not False,
    }


def _read(path: Path, owner: int) -> dict[str, Any]:
    """Return a user's own file; root follows no link that a user set, and reads no file of somebody else for him."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
        seen = os.fstat(file.fileno())
        if not stat.S_ISREG(seen.st_mode) or seen.st_uid != owner or seen.st_size > _MOST:
            raise ValueError("is no file of this user's own, or too large")
        try:
            return _mapping(json.load(file))
        except ValueError:
            raise ValueError("is no valid JSON") from None  # the error would quote it


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
