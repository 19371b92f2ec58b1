"""What is installed is named to the byte, for every Python that hosts bring."""

import importlib.util
import re
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "open_webui"
LOCKS = sorted(ROLE.glob("files/*-python*.txt"))
REQUIREMENT = re.compile(r"([a-z0-9][a-z0-9._-]*)==(\S+)((?: --hash=sha256:[0-9a-f]{64})+)")

SPEC = importlib.util.spec_from_file_location("open_webui_lock", ROOT / ".config" / "open_webui_lock.py")
lock = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(lock)


def lines(path):
    return [line for line in path.read_text().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("path", [*LOCKS, ROLE / "files/tools.txt"], ids=lambda path: path.stem)
def test_every_line_has_one_version_and_its_hashes(path):
    found = [REQUIREMENT.fullmatch(line) for line in lines(path)]
    assert all(found)
    names = [match[1] for match in found]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_a_lock_begins_with_the_version_that_its_name_says(path):
    assert lines(path)[0].startswith(f"open-webui=={path.stem.split('-')[1]} ")


def test_the_default_is_locked_for_every_python():
    version = yaml.safe_load((ROLE / "defaults/main.yml").read_text())["open_webui_version"]
    assert {path.stem for path in LOCKS} >= {
        f"{variant}-{version}-python{python}" for variant in lock.VARIANTS for python in lock.PYTHONS
    }


@pytest.mark.parametrize(
    ("wheel", "python", "is_taken"),
    [
        ("idna-3.11-py3-none-any.whl", "3.11", True),
        ("six-1.17.0-py2.py3-none-any.whl", "3.13", True),
        ("orjson-3.11.9-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "3.11", True),
        ("orjson-3.11.9-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "3.13", False),
        ("orjson-3.11.9-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl", "3.11", True),
        ("orjson-3.11.9-cp311-cp311-musllinux_1_2_x86_64.whl", "3.11", False),
        ("orjson-3.11.9-cp311-cp311-macosx_15_0_arm64.whl", "3.11", False),
        ("orjson-3.11.9-cp313-cp313t-manylinux_2_17_x86_64.whl", "3.13", False),
        ("cryptography-48.0.1-cp311-abi3-manylinux_2_34_x86_64.whl", "3.13", True),
        ("cryptography-48.0.1-cp313-abi3-manylinux_2_34_x86_64.whl", "3.11", False),
        ("uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "3.11", True),
        ("uv-0.13.9-py3-none-manylinux_2_17_s390x.manylinux2014_s390x.whl", "3.11", False),
    ],
)
def test_wheels_of_our_hosts_are_taken_and_no_others(wheel, python, is_taken):
    assert lock.fits(wheel, python) is is_taken


def test_what_other_systems_need_is_left_out():
    assert not lock.is_for_hosts("sys_platform == 'win32'", "3.11")
    assert not lock.is_for_hosts("python_full_version < '3.13'", "3.13")
    assert lock.is_for_hosts("platform_machine == 'aarch64' or platform_machine == 'x86_64'", "3.13")
    assert lock.is_for_hosts("", "3.11")


def test_upstreams_wheel_says_what_belongs_to_each_variant(tmp_path):
    told = "Name: open-webui\nRequires-Dist: idna==3.11\nRequires-Dist: extra-thing==1; extra == 'all'\n"
    told += "Requires-Dist: httpx[brotli]==0.28.1\n\nWords about it.\n"
    with zipfile.ZipFile(tmp_path / "wheel", "w") as wheel:
        wheel.writestr("open_webui-1.dist-info/METADATA", told)
        wheel.writestr("requirements-slim.txt", "idna==3.11\n\n")
        assert lock.belonging(wheel, "full") == ["idna==3.11", "httpx[brotli]==0.28.1"]
        assert lock.belonging(wheel, "slim") == ["idna==3.11"]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_nothing_is_locked_that_only_a_gpu_here_would_need(path):
    names = {line.split("==")[0] for line in lines(path)}
    assert not {name for name in names if name in lock.LEFT_OUT or name.startswith(("nvidia-", "triton"))}
