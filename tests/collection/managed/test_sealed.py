"""That a unit starts only where its network is known to be sealed."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "templates" / "sealed.sh"
HEAD = "Inter-|   Receive\n face |bytes\n"


def sealed(folder, devices):
    """Run the check where the kernel says this of the network's devices; None: where it says nothing."""
    file = folder / "dev"
    if devices is not None:
        file.write_text(HEAD + "".join(f"{name:>6}: 0 0\n" for name in devices))
    text = SCRIPT.read_text().replace("/proc/self/net/dev", str(file))
    return subprocess.run([shutil.which("sh"), "-c", text], capture_output=True, text=True, check=False)


def test_loopback_alone_is_sealed(tmp_path):
    done = sealed(tmp_path, ["lo"])
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("devices", [["lo", "eth0"], ["eth0", "lo"]])
def test_anything_beside_it_is_not(tmp_path, devices):
    done = sealed(tmp_path, devices)
    assert done.returncode == 1
    assert "network holds eth0 beside lo" in done.stderr


@pytest.mark.parametrize("devices", [None, [], ["eth0"]])
def test_what_cannot_be_told_is_not(tmp_path, devices):
    done = sealed(tmp_path, devices)
    assert done.returncode == 1
    assert "not known to be sealed" in done.stderr
