"""The kit as a user gets it: its wheel, and what it stands on."""

import platform
import subprocess
import sys
from pathlib import Path

from kit import BIN, ROOT

UV = str(BIN / "uv")
LOCK = ROOT / ".config" / "requirements.lock"


def run(*command: object) -> str:
    done = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def built(folder: Path, source: Path = ROOT) -> Path:
    """Build the wheel of this checkout, or of the distribution at `source`, into `folder`."""
    run(UV, "build", "--wheel", "--quiet", "--no-build-isolation", "--python", sys.executable, "-o", folder, source)
    (wheel,) = folder.glob("llamakeep-*.whl" if source == ROOT else f"{source.name}-*.whl")
    return wheel


def installed(folder: Path, wheel: Path) -> Path:
    """Install the wheel into an environment of its own; return that one's `bin`."""
    run(UV, "venv", "--quiet", "--python", sys.executable, folder)
    run(UV, "pip", "install", "--quiet", "--python", folder / "bin/python", "-c", LOCK, wheel)
    return folder / "bin"


def wheelhouse(folder: Path, python: str) -> Path:
    """Collect the wheel and all it needs with that Python ("3.13"), for use without a network."""
    folder.mkdir(parents=True, exist_ok=True)
    built(folder)
    needs = folder / "needs.txt"
    compiled = ("pip", "compile", "--quiet", "--no-header", "--no-annotate", "--generate-hashes")
    run(UV, *compiled, "--python-version", python, "-c", LOCK, "-o", needs, ROOT / "pyproject.toml")
    fetched = ("--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--python-version", python)
    run(UV, "tool", "run", "--quiet", "pip", "download", *fetched, "-r", needs, "-d", folder)
    assert platform.machine() == "x86_64", "the lab's stand-in is for amd64"
    return folder
