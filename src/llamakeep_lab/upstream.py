"""What registry1 serves, and how: models under /v2/, release archives under /archives/, wheels under /simple/."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llamakeep.lock.lock import Archive, Lock, LockedModel
from llamakeep_lab import cache, extra, wheels
from llamakeep_lab.machine import File
from llamakeep_lab.name import Name
from llamakeep_lab.part import BLOBS_ALIAS
from llamakeep_lab.release import Release

PORT = 5000
PROGRAM = Path(__file__).parent / "registry" / "server.py"
_ROOT = "/srv/llamakeep-lab"
_SERVER = "/usr/lib/llamakeep-lab/server.py"
CUTS = "/etc/llamakeep-lab-cuts.json"  # {"<hex or archive>": bytes}: where answers break off
UNIT = "llamakeep-lab-registry.service"


@dataclass(frozen=True)
class Serving:
    """The content of one lab's registry, in a folder on this machine that registry1 sees read-only."""

    releases: tuple[Release, ...]
    models: dict[str, Any]  # canonical name -> the fields of a LockedModel
    root: Path

    @property
    def mounts(self) -> dict[str, str]:
        """Return folder on this machine -> folder in the host; nothing is copied."""
        return {str(self.root): _ROOT}

    @property
    def standin(self) -> bool:
        """Whether what it serves as Ollama is the stand-in."""
        return self.releases[0].standin

    def lock(self, base: str) -> Lock:
        """Return the lock of a fleet that takes everything from this registry at `base`."""
        archives: dict[str, dict[str, Archive]] = {}
        for each in self.releases:
            found = Archive(url=f"{base}/archives/{each.asset}", sha256=each.sha256, size=each.size)
            archives.setdefault(each.version, {})[each.platform] = found
        models = {
            name: LockedModel.model_validate({**model, "name": name, "registry": base})
            for name, model in self.models.items()
        }
        return Lock(ollama=archives, models=models)


def prepare(
    name: Name, releases: Sequence[Release], say: Callable[[str], None], packages: Path | None = None
) -> Serving:
    """Lay out what one lab's registry serves: the registry's content, these archives, and a folder of wheels."""
    root = _root(name)
    build = extra.registry_content()
    with cache.alone("registry", say):
        models = build(root).models
    archives = root / "archives"
    archives.mkdir(exist_ok=True)
    for release in releases:
        _place(release, archives / release.asset)
    for other in {path.name for path in archives.iterdir()} - {release.asset for release in releases}:
        (archives / other).unlink()
    if packages is not None:
        wheels.place(packages, root / "wheels")
    return Serving(tuple(releases), dict(models), root)


def forget(name: Name) -> None:
    """Remove what was laid out for one lab; what was built or downloaded stays in the cache."""
    shutil.rmtree(_root(name).parent)


def _root(name: Name) -> Path:
    return cache.folder("labs", name.text, "registry")


def _place(release: Release, target: Path) -> None:
    """Put an archive where the registry finds it; a real one, of 1.4 GiB, is not copied where the disk allows."""
    if target.exists() and target.samefile(release.path):
        return
    target.unlink(missing_ok=True)
    if not release.standin:
        with suppress(OSError):
            target.hardlink_to(release.path)
            return
    shutil.copyfile(release.path, target)


def files() -> dict[str, File]:
    """Return the server's program and unit, to be put on registry1 before it boots."""
    unit = (Path(__file__).parent / "files" / UNIT).read_text(encoding="utf-8")
    values = {"SERVER": _SERVER, "ROOT": _ROOT, "PORT": str(PORT), "BLOBS": f"http://{BLOBS_ALIAS}:{PORT}"}
    for key, value in {**values, "CUTS": CUTS}.items():
        unit = unit.replace(f"@{key}@", value)
    place = f"/etc/systemd/system/{UNIT}"
    return {
        "/usr/lib/llamakeep-lab/": File(b"", 0o755),
        _SERVER: File(PROGRAM.read_bytes()),
        place: File(unit.encode()),
        f"/etc/systemd/system/multi-user.target.wants/{UNIT}": File(b"", link=place),
    }


def digest(placed: dict[str, File]) -> str:
    """Return the digest of files to be put on a host."""
    text = repr(sorted((path, file.content, file.mode, file.link) for path, file in placed.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
