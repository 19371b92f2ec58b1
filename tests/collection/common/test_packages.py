"""Packages have one home: by distribution, named by the program that a role misses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOK = Path(sys.executable).parent / "ansible-playbook"
FAMILIES = sorted(path for path in ROOT.glob("roles/common/vars/*.yml") if path.stem != "main")
PLAY = """\
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: llamakeep.fleet.common, tasks_from: packages}
      vars: {common_packages: [nft, ensurepip]}
"""


def tasks(value):
    """Return every task of a file, those in blocks too."""
    for each in value or ():
        yield each
        yield from tasks(each.get("block"))


def asked():
    """Return what the roles ask for, by the file that asks."""
    for path in sorted(ROOT.glob("roles/*/tasks/*.yml")):
        for task in tasks(yaml.safe_load(path.read_text(encoding="utf-8"))):
            wanted = (task.get("vars") or {}).get("common_packages")
            if isinstance(wanted, list):
                yield from wanted
    managed = yaml.safe_load((ROOT / "roles/chatbox/vars/main/managed.yml").read_text(encoding="utf-8"))
    yield from (program["name"] for program in managed["__chatbox_programs"])


@pytest.mark.parametrize("family", FAMILIES, ids=lambda path: path.stem)
def test_a_distribution_has_a_package_for_whatever_a_role_asks_for(family):
    known = yaml.safe_load(family.read_text(encoding="utf-8"))
    assert set(known["__common_packages"]) == set(asked())
    assert (ROOT / f"roles/common/tasks/packages_{known['__common_manager']}.yml").is_file()


def test_no_role_installs_past_it():
    for path in ROOT.glob("roles/*/tasks/*.yml"):
        for task in tasks(yaml.safe_load(path.read_text(encoding="utf-8"))):
            installs = {"ansible.builtin.package", "ansible.builtin.apt", "ansible.builtin.dnf"} & set(task)
            assert not installs or path.parent.parent.name == "common", f"{path}: {task['name']}"


def test_a_check_says_what_would_be_installed(tmp_path):
    (tmp_path / "play.yml").write_text(PLAY)
    done = subprocess.run(
        [PLAYBOOK, "-i", "localhost,", "--check", tmp_path / "play.yml"],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Would be installed: nftables, python3-venv." in done.stdout
    assert "changed=1" in done.stdout
