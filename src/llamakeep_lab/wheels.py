"""The chat's Python packages, fetched once for all labs of this machine: its hosts then install it from registry1."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import yaml

from llamakeep import collection
from llamakeep.errors import Refusal
from llamakeep_lab import cache

_PYTHONS = {"trixie": "3.13", "bookworm": "3.11"}  # what a Debian release brings
_MACHINES = {"linux-amd64": "x86_64", "linux-arm64": "aarch64"}
_BUILT_FOR = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")
_LIMIT = 1800  # seconds for some 300 MB


def ensure(debian: str, platform: str, say: Callable[[str], None]) -> Path:
    """Return a folder with every wheel that a host of this release and platform installs, fetched where it lacks any.

    Only files with the sha256 of the role's lock are taken. Raises Refusal where the package index cannot be reached.
    """
    python, files = _PYTHONS[debian], collection.root() / "roles" / "open_webui" / "files"
    wanted = [files / f"slim-{_version()}-python{python}.txt", files / "tools.txt"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in wanted)).hexdigest()[:12]
    with cache.alone("wheels", say):
        folder = cache.folder("wheels") / f"{digest}-{platform}"
        if not folder.is_dir():
            say("the chat's Python packages, some 300 MB: fetching, once for all labs of this machine")
            unfinished = folder.with_name(f"{folder.name}.part")
            for path in wanted:
                _download(path, python, _MACHINES[platform], unfinished)
            unfinished.rename(folder)
        return folder


def place(source: Path, target: Path) -> None:
    """Lay the wheels where a registry serves them; they are not copied where the disk allows."""
    target.mkdir(exist_ok=True)
    wanted = {path.name: path for path in source.glob("*.whl")}
    for stale in {path.name for path in target.iterdir()} - wanted.keys():
        (target / stale).unlink()
    for name in wanted.keys() - {path.name for path in target.iterdir()}:
        with suppress(OSError):
            (target / name).hardlink_to(wanted[name])
            continue
        shutil.copyfile(wanted[name], target / name)


def _version() -> str:
    defaults = collection.root() / "roles" / "open_webui" / "defaults" / "main.yml"
    return str(yaml.safe_load(defaults.read_text(encoding="utf-8"))["open_webui_version"])


def _download(requirements: Path, python: str, machine: str, folder: Path) -> None:
    """Have pip fetch what a file names; what came before a failure is kept for the next run."""
    tags = [f"--platform={one}_{machine}" for one in _BUILT_FOR] + ["--platform=any"]
    tags += [f"--abi={one}" for one in (f"cp{python.replace('.', '')}", "abi3", "none")]
    words = ["--require-hashes", "--no-deps", "--only-binary=:all:", f"--python-version={python}", *tags]
    # Upstream names no Python beyond 3.12 for one package that runs on 3.13 all the same: see the role's lock.
    words += ["--ignore-requires-python", "--quiet", "--disable-pip-version-check", "--dest", str(folder)]
    command = [sys.executable, "-m", "pip", "download", *words, "-r", str(requirements)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_LIMIT, env=_environment())
    except subprocess.TimeoutExpired as error:
        raise _unreached(f"pip had not fetched them after {_LIMIT} s") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise _unreached(last)


def _environment() -> dict[str, str]:
    return {**os.environ, "PIP_NO_INPUT": "1"}


def _unreached(found: str) -> Refusal:
    return Refusal(
        "--front",
        f"the chat's Python packages cannot be fetched: {found}",
        id="python-packages-unreachable",
        expected="a package index that pip can reach (pip config, PIP_INDEX_URL)",
        remedy="try again, or bring the lab up without --front",
    )
