"""Which Ollama the lab installs: the real release wherever it can be had, else the stand-in."""

import hashlib
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable

from llamakeep import collection
from llamakeep.errors import Refusal
from llamakeep.lock.lock import Archive
from llamakeep.lock.releases import shipped
from llamakeep_lab import cache, extra

STANDINS = ("0.34.4-standin", "0.34.5-standin")  # the first is installed, the second is there to upgrade to
_PLATFORMS = {"x86_64": "linux-amd64", "amd64": "linux-amd64", "aarch64": "linux-arm64", "arm64": "linux-arm64"}
_STANDIN_PLATFORM = "linux-amd64"
_PATIENCE = 3  # seconds to find out whether the pinned address can be reached
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Release:
    """One archive that the lab's registry serves."""

    version: str
    platform: str
    path: Path
    sha256: str
    size: int  # bytes
    standin: bool

    @property
    def asset(self) -> str:
        """Its name below /archives/ on the registry; the suffix says how it is unpacked."""
        suffix = ".tgz" if self.path.name.endswith((".tgz", ".tar.gz")) else ".tar.zst"
        return f"ollama-{self.version}-{self.platform}{suffix}"


def platform(architecture: str) -> str:
    """Return the name that releases have for what the engine calls its architecture."""
    if architecture not in _PLATFORMS:
        raise Refusal(
            "Docker engine",
            f"runs on {architecture}",
            id="architecture-unsupported",
            expected="x86_64 or aarch64: Ollama has no other release",
        )
    return _PLATFORMS[architecture]


def choose(
    on: str, archive: Path | None, version: str | None, *, standin: bool, say: Callable[[str], None]
) -> tuple[Release, ...]:
    """Return what the lab's registry serves; the first is what its hosts are to run."""
    if archive is not None:
        return given(archive, version, on)
    real = () if standin else pinned(on, say)
    if not real:
        why = "" if standin else ": no real release can be downloaded from here"
        say(f"ollama: using the stand-in{why}")
    return real or standins(on, say)


def given(file: Path, version: str | None, on: str) -> tuple[Release, ...]:
    """Return the archive that the operator brought; its version is known where its hash is."""
    if not file.is_file():
        raise Refusal(
            f"--ollama-archive {file}",
            "is not a file",
            id="archive-missing",
            expected="ollama-linux-amd64.tar.zst or the like",
        )
    digest = _sha256(file)
    known = next((v for v, have in shipped().items() if on in have and have[on].sha256 == digest), None)
    if version is None and known is None:
        raise Refusal(
            f"--ollama-archive {file}",
            f"no release that the kit knows has its sha256, {digest}",
            id="archive-unknown",
            remedy="say which release it is: --ollama-version 0.34.4",
        )
    return (Release(version or str(known), on, file.resolve(), digest, file.stat().st_size, standin=False),)


def standins(on: str, say: Callable[[str], None]) -> tuple[Release, ...]:
    """Return the stand-in's releases, built on the first call and cached."""
    if on != _STANDIN_PLATFORM:
        raise Refusal(
            f"Docker engine on {on}",
            f"the stand-in for Ollama is made for {_STANDIN_PLATFORM} only",
            id="stand-in-not-for-platform",
            remedy="give a real release: --ollama-archive FILE",
        )
    build, folder = extra.standin_archive(), cache.folder("standin")
    with cache.alone("standin", say):
        built = [(version, build(folder, version)) for version in STANDINS]
    return tuple(
        Release(version, on, path, _sha256(path), path.stat().st_size, standin=True) for version, path in built
    )


def pinned(on: str, say: Callable[[str], None]) -> tuple[Release, ...]:
    """Return the release that the roles install by default, downloaded once; nothing where it is out of reach."""
    version = _wanted()
    archive = shipped().get(version, {}).get(on)
    if archive is None:
        return ()
    path = cache.folder("ollama", archive.sha256) / archive.url.rsplit("/", maxsplit=1)[-1]
    if not path.exists():
        if not _reachable(archive.url):
            return ()
        with cache.alone(f"ollama-{version}", say):
            try:
                _download(archive, path, say)
            except OSError as error:
                say(f"ollama {version}: the download broke off ({error}); what came is kept")
                return ()
    return (Release(version, on, path, archive.sha256, path.stat().st_size, standin=False),)


def _wanted() -> str:
    """Return the version that the role installs where nobody asks for another."""
    defaults = collection.root() / "roles" / "ollama" / "defaults" / "main.yml"
    return str(yaml.safe_load(defaults.read_text(encoding="utf-8"))["ollama_version"])


def _reachable(url: str) -> bool:
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - an address that the kit ships
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE):  # noqa: S310 - the same
            return True
    except OSError:
        return False


def _download(archive: Archive, path: Path, say: Callable[[str], None]) -> None:
    """Bring an archive into the cache, from where an earlier try broke off; verified before it has its name."""
    if path.exists():
        return
    partial = path.with_name(path.name + ".part")
    have = partial.stat().st_size if partial.exists() else 0
    say(f"ollama: downloading {archive.url} ({readable(archive.size) if archive.size else 'about 1.4 GiB'})")
    request = urllib.request.Request(archive.url, headers={"Range": f"bytes={have}-"})  # noqa: S310 - the same
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
            resumed = answer.status == 206
            with partial.open("ab" if resumed else "wb") as out:
                shutil.copyfileobj(answer, out, _CHUNK)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
    found = _sha256(partial)
    if found != archive.sha256:
        partial.unlink()
        raise Refusal(
            archive.url,
            f"sha256 {found}",
            id="archive-digest-mismatch",
            expected=archive.sha256,
            remedy="try again, or --stand-in",
        )
    os.replace(partial, path)  # noqa: PTH105 - atomic, over nothing


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
