"""Makes the locks of Open WebUI: the exact wheels of each variant, with hashes, for each Python that hosts bring.

Usage: open_webui_lock.py VERSION [--upgrade] [--variant slim|full]

Upstream's own wheel says what belongs to it: for `slim` a file that lies in it, for `full` its metadata. What these
need in turn is resolved here, once; `--upgrade` takes the newest of it instead of what the lock beside it says. Only
wheels for Linux on amd64 and arm64 are listed, so that nothing is ever built on a host.
"""

import argparse
import email
import hashlib
import itertools
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement

FILES = Path(__file__).resolve().parent.parent / "roles" / "open_webui" / "files"
PYTHONS = ("3.11", "3.13")  # Debian 12's and Debian 13's own
TOOLS = ["uv==0.13.9"]
PLATFORMS = ("x86_64", "aarch64")
VARIANTS = ("slim", "full")
# 3 GB with its CUDA libraries, as the public index has it. What it is for needs files of a model hub, and nothing of
# the program imports it before: in the seal, embeddings are Ollama's.
LEFT_OUT = ("torch",)
# What upstream need not name, as it knows no Python that lacks it: pydub imports `audioop`.
BESIDE = {"slim": (), "full": ("audioop-lts; python_version >= '3.13'",)}
BIN = Path(sys.executable).parent


def main() -> None:
    """Write one file for each variant and Python, and one for the program that installs them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("version")
    parser.add_argument("--upgrade", action="store_true")
    parser.add_argument("--variant", choices=VARIANTS, action="append")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetched(given.version, Path(folder))
        own = f"open-webui=={given.version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"
        for variant, python in itertools.product(given.variant or VARIANTS, PYTHONS):
            target = FILES / f"{variant}-{given.version}-python{python}.txt"
            names = [*belonging(zipfile.ZipFile(wheel), variant), *BESIDE[variant]]
            locked = lock(names, python, Path(folder), None if given.upgrade else target)
            title = f"# Open WebUI {given.version}, {variant}, for Python {python}"
            write(target, [f"{title}: written by .config/open_webui_lock.py", own, *locked])
        title = "# What brings the wheels to a host: written by .config/open_webui_lock.py"
        write(FILES / "tools.txt", [title, *lock(TOOLS, PYTHONS[0], Path(folder), None)])


def fetched(version: str, folder: Path) -> Path:
    """Return Open WebUI's own wheel."""
    what = ["--no-deps", "--only-binary", ":all:", "--python-version", "3.12", "--dest", folder]
    subprocess.run([BIN / "pip", "download", "--quiet", *what, f"open-webui=={version}"], check=True)
    return next(folder.glob("open_webui-*.whl"))


def belonging(wheel: zipfile.ZipFile, variant: str) -> list[str]:
    """Return what upstream says that belongs to a variant, such as `["aiohttp==3.14.5", …]`."""
    if variant == "slim":
        return [line for line in wheel.read("requirements-slim.txt").decode().splitlines() if line]
    path = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    requirements = email.message_from_bytes(wheel.read(path)).get_all("Requires-Dist", [])
    return [name for name in requirements if "extra" not in str(Requirement(name).marker or "")]


def lock(names: list[str], python: str, folder: Path, before: Path | None) -> list[str]:
    """Return `["aiohttp==3.14.5 --hash=sha256:… --hash=sha256:…", …]`, for one Python on both architectures.

    What a lock of before says is kept where it still fits.
    """
    wanted, pylock = folder / "wanted.txt", folder / "pylock.toml"
    wanted.write_text("\n".join(names) + "\n", encoding="utf-8")
    pylock.unlink(missing_ok=True)
    limits = []
    if before and before.exists():
        constraints = folder / "before.txt"
        lines = [line.split(" ")[0] for line in before.read_text(encoding="utf-8").splitlines() if "==" in line]
        constraints.write_text("\n".join(lines[1:]) + "\n", encoding="utf-8")
        limits = ["--constraints", constraints]
    overrides = folder / "overrides.txt"
    overrides.write_text("".join(f"{name}; sys_platform == 'none'\n" for name in LEFT_OUT), encoding="utf-8")
    limits += ["--overrides", overrides]
    how = ["--universal", "--python-version", python, "--no-header", "--quiet", "--only-binary", ":all:"]
    subprocess.run([BIN / "uv", "pip", "compile", wanted, *how, *limits, "--output-file", pylock], check=True)
    packages = tomllib.loads(pylock.read_text(encoding="utf-8"))["packages"]
    return [line(package, python) for package in packages if is_for_hosts(package.get("marker", ""), python)]


def is_for_hosts(marker: str, python: str) -> bool:
    """Say whether a package belongs to our hosts; the universal lock also names those of other systems."""
    linux = {"os_name": "posix", "platform_system": "Linux", "sys_platform": "linux"}
    cpython = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    host = {**linux, **cpython, "python_version": python, "python_full_version": f"{python}.2"}
    return not marker or any(Marker(marker).evaluate({**host, "platform_machine": kind}) for kind in PLATFORMS)


def line(package: dict, python: str) -> str:
    """Return one requirement with the hashes of the wheels that a host may take."""
    names = {wheel.get("name") or wheel["url"].rsplit("/", 1)[-1]: wheel for wheel in package["wheels"]}
    hashes = sorted(wheel["hashes"]["sha256"] for name, wheel in names.items() if fits(name, python))
    if not hashes:
        sys.exit(f"{package['name']} {package['version']}: no wheel for Python {python} on Linux")
    return " ".join([f"{package['name']}=={package['version']}", *(f"--hash=sha256:{value}" for value in hashes)])


def fits(name: str, python: str) -> bool:
    """Say whether a wheel is for this Python on Linux with glibc.

    >>> fits("orjson-3.11.9-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "3.11")
    True
    """
    tags, abi, platform = name.removesuffix(".whl").split("-")[-3:]
    own = f"cp{python.replace('.', '')}"
    is_own = own in tags.split(".") and abi == own
    is_stable = abi == "abi3" and any(younger(tag, python) for tag in tags.split("."))
    is_pure = abi == "none" and any(tag.startswith("py3") or tag == own for tag in tags.split("."))
    runs = platform == "any" or ("manylinux" in platform and platform.endswith(PLATFORMS))
    return runs and (is_own or is_stable or is_pure)


def younger(tag: str, python: str) -> bool:
    """Say whether a Python is at least the one for which a wheel of the stable ABI was made."""
    return tag.startswith("cp3") and int(tag[3:]) <= int(python.split(".")[1])


def write(path: Path, lines: list[str]) -> None:
    """Write a lock, and say how many packages are in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.relative_to(FILES.parents[2])}: {len(lines) - 1} packages")  # noqa: T201


if __name__ == "__main__":
    main()
