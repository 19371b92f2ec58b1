"""The collection as ansible-galaxy packs and installs it: whole, with what its pages link to, and nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GALAXY = Path(sys.executable).parent / "ansible-galaxy"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def galaxy(home, *words):
    done = subprocess.run(
        [GALAXY, "collection", *words],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_HOME": str(home), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of the collection, built from this checkout and installed without a network."""
    folder = tmp_path_factory.mktemp("galaxy")
    galaxy(folder / "home", "build", "--output-path", folder)
    (tarball,) = folder.glob("llamakeep-fleet-*.tar.gz")
    # By force: the checkout itself counts as installed.
    galaxy(folder / "home", "install", "--offline", "--force", "-p", folder / "there", tarball)
    return folder / "there" / "ansible_collections" / "llamakeep" / "fleet"


def pages():
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("roles/*/README.md"))]


def test_it_holds_what_a_play_needs_and_no_tools(installed):
    metadata = {"MANIFEST.json", "FILES.json"}
    pages = {"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "docs"}
    parts = {"meta", "playbooks", "plugins", "roles", "templates"}
    assert {path.name for path in installed.iterdir()} == metadata | pages | parts
    assert [path for path in installed.rglob("*") if path.name == "__pycache__" or path.suffix == ".pyc"] == []


def test_every_role_and_plugin_of_the_checkout_is_in_it(installed):
    tracked = subprocess.run(
        ["git", "ls-files", "meta", "playbooks", "plugins", "roles", "templates"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert len(tracked) > 200
    assert [path for path in tracked if not (installed / path).is_file()] == []


@pytest.mark.parametrize("page", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_page_links_to_is_in_it(installed, page):
    there = installed / page.relative_to(ROOT)
    links = [link for link in LINK.findall(there.read_text(encoding="utf-8")) if "://" not in link]
    lost = [link for link in links if not (there.parent / link).exists()]
    assert lost == []
    beyond = [link for link in links if installed not in (there.parent / link).resolve().parents]
    assert beyond == []


def test_its_version_is_the_kits(installed):
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert f'"version": "{version}"' in (installed / "MANIFEST.json").read_text()
