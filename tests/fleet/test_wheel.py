"""Plain Ansible from the installed wheel gives the same host as the checkout."""

import subprocess

import pytest
import wheel as wheels
from kit import playbook

pytestmark = pytest.mark.lab


def receipts(fleet) -> dict[str, str]:
    return {name: fleet.host(name).exec(["cat", "/var/lib/llamakeep/receipt.json"]).stdout for name in ("llm1", "llm2")}


def test_the_collection_of_the_wheel_gives_the_same_host_from_an_empty_folder(fleet, tmp_path):
    """The second way finds nothing to change, and the receipt is the same to the byte."""
    said, counts = playbook(fleet.inventory)
    assert all(count["failed"] == 0 for count in counts.values()), said
    before = receipts(fleet)
    bin_folder = wheels.installed(tmp_path / "venv", wheels.built(tmp_path / "dist"))
    empty = tmp_path / "empty"
    empty.mkdir()
    command = [str(bin_folder / "ansible-playbook"), "-i", str(fleet.inventory), "llamakeep.fleet.site"]
    done = subprocess.run(command, cwd=empty, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("changed=0") == 2, done.stdout
    assert receipts(fleet) == before


def test_the_kits_wheel_alone_is_the_kit_without_a_lab(fleet, tmp_path):
    """In an environment that has nothing else: help, what the lab would take, and `up` against a host."""
    program = wheels.installed(tmp_path / "venv", wheels.built(tmp_path / "dist")) / "llamakeep"

    def llamakeep(*words):
        command = [str(program), *words]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )

    help_ = llamakeep("--help")
    assert (help_.returncode, help_.stderr) == (0, "")
    assert "\n  up " in help_.stdout
    assert "\n  lab " not in help_.stdout
    lab = llamakeep("lab", "up")
    assert lab.returncode == 2
    assert "pip install 'llamakeep[lab]'" in lab.stderr
    done = llamakeep("up", "-i", str(fleet.inventory))
    assert done.returncode == 0, done.stdout + done.stderr
