"""Where the Ansible collection `llamakeep.fleet` lies, installed or in a checkout."""

import hashlib
import json
import sysconfig
from functools import cache
from pathlib import Path

from llamakeep import __version__
from llamakeep.errors import Refusal

_SOURCE_PARTS = ("playbooks", "plugins", "roles", "templates")


@cache
def root() -> Path:
    """Return the collection's folder: beside `src/` in a checkout, else under site-packages."""
    package = Path(__file__).resolve().parent
    for place in (package.parent.parent, package.parent / "ansible_collections" / "llamakeep" / "fleet"):
        if (place / "galaxy.yml").is_file() and (place / "roles").is_dir():
            return place
    raise Refusal(
        str(package),
        "the collection llamakeep.fleet is not installed beside this package",
        remedy="install the llamakeep wheel again, or run from a checkout",
    )


@cache
def path() -> Path:
    """Return the folder to name to Ansible, so that it finds this collection and no other copy of it."""
    for place in (Path(__file__).resolve().parent.parent, Path(sysconfig.get_path("purelib"))):
        if (place / "ansible_collections" / "llamakeep" / "fleet").resolve() == root():
            return place
    raise Refusal(
        str(root()),
        "the collection llamakeep.fleet does not lie where Ansible looks",
        expected=f"{sysconfig.get_path('purelib')}/ansible_collections/llamakeep/fleet leads to it",
        remedy="install the llamakeep wheel again, or run .config/setup in the checkout",
    )


@cache
def kit_version() -> str:
    """Return the version with a digest of everything that decides what a host gets.

    >>> "0.1.0+3f9c2a7b61de"
    """
    return f"{__version__}+{_digest(root())}"


def refuse_other(place: Path) -> None:
    """Refuse the copy of the collection at `place`, which Ansible has loaded, where it is not the kit's own version."""
    if place.resolve() == root():
        return
    found = f"{_version(place)}+{_digest(place)}"
    if found != kit_version():
        raise Refusal(
            str(place),
            f"Ansible loads llamakeep.fleet {found} from here",
            expected=f"{kit_version()}, which this llamakeep brings with it",
            remedy=f"remove that copy: rm -r {place}",
        )


def _version(place: Path) -> str:
    """Return the version that a copy of the collection says it has; as built, or as it lies in a checkout."""
    try:
        manifest = json.loads((place / "MANIFEST.json").read_text(encoding="utf-8"))
        return str(manifest["collection_info"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        lines = (place / "galaxy.yml").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("version:")), "of no version")


def _digest(place: Path) -> str:
    digest = hashlib.sha256()
    for part in _SOURCE_PARTS:
        for file in sorted((place / part).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(place)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]
