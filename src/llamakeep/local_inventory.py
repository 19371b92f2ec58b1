"""One machine, no inventory: the folder that `llamakeep up --here` keeps for the machine you sit at."""

import hashlib
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from llamakeep.errors import Refusal
from llamakeep.inventory.model_list import NAMES, SOURCES

MANAGERS = "ollama_manage_users"
_HOSTS = """\
# Written by `llamakeep up --here`. It is an ordinary inventory, yours to edit: group_vars/llm_hosts.yml
# beside it says what this machine should be, llamakeep.lock what exactly is installed.
all:
  children:
    llm_hosts:
      hosts:
        {name}:
          ansible_connection: local
          ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"
"""


def folder() -> Path:
    """Return where this user's own inventory of one machine lies."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "llamakeep" / "here"


def prepare(
    place: Path,
    *,
    models: Iterable[str] = (),
    sources: Iterable[str] = (),
    archive: Path | None = None,
    version: str | None = None,
) -> Path:
    """Make the inventory of this machine, or bring these choices into the one that exists; return its path.

    What stands there and is not named again stays as it is: a model is added, never taken away.
    Raises Refusal where the archive cannot be read.
    """
    place.mkdir(parents=True, exist_ok=True)
    hosts = place / "hosts.yml"
    # On a machine of one's own the CPU will do: without it one that has no GPU is refused.
    first = {} if hosts.exists() else {"ollama_require_accelerator": "none"}
    if not hosts.exists():
        hosts.write_text(_HOSTS.format(name=socket.gethostname().split(".")[0]), encoding="utf-8")
    path = place / "group_vars" / "llm_hosts.yml"
    before = _read(path)
    after = {**_caller(), **first, **before, **_chosen(before, models, sources, archive, version)}
    if after != before or not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"---\n{yaml.safe_dump(after, sort_keys=False) if after else ''}", encoding="utf-8")
    return place


def _caller() -> dict[str, Any]:
    """Return the setting by which whoever called sudo may manage models, until another choice stands there."""
    caller = os.environ.get("SUDO_USER", "root")
    return {} if caller in ("", "root") else {MANAGERS: [caller]}


def _read(path: Path) -> dict[str, Any]:
    """Return the settings as they stand; what is no mapping is left for `show` to refuse with its line."""
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    except yaml.YAMLError as error:
        raise Refusal(
            str(path), f"is not YAML: {error}", id="yaml-invalid", remedy="mend it, or remove it to begin anew"
        ) from error
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise Refusal(
            str(path),
            "is no mapping of settings",
            id="variables-not-a-mapping",
            remedy="mend it, or remove it to begin anew",
        )
    return settings


def _chosen(
    before: dict[str, Any],
    models: Iterable[str],
    sources: Iterable[str],
    archive: Path | None,
    version: str | None,
) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    known = list(before.get(NAMES) or [])
    named = [item.get("name") if isinstance(item, dict) else item for item in known]
    if added := [name for name in models if name not in named]:
        chosen[NAMES] = [*known, *added]
    if listed := list(sources):
        chosen[SOURCES] = listed
    if version:
        chosen["ollama_version"] = version
    if archive is not None:
        chosen["ollama_archive_url"] = archive.resolve().as_uri()
        chosen["ollama_archive_sha256"] = _sha256(archive)
    return chosen


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Refusal(
            str(path), f"cannot be read: {error.strerror}", id="file-unreadable", expected="a release archive of Ollama"
        ) from error
