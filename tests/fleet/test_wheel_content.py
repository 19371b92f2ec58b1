"""What is in the wheels: the kit's has nothing of the lab, and each file has one wheel."""

import zipfile
from pathlib import Path

import pytest
import wheel as wheels
from kit import ROOT


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """Wheel -> its files, without what says what the wheel is."""
    folder = tmp_path_factory.mktemp("dist")
    found = {}
    for name, source in (("kit", ROOT), ("lab", ROOT / "src" / "llamakeep_lab")):
        names = zipfile.ZipFile(wheels.built(folder, source)).namelist()
        found[name] = {path for path in names if ".dist-info/" not in path}
    return found


def tracked(*folders):
    return set(wheels.run("git", "ls-files", *folders).split())


def test_the_kits_wheel_has_all_of_the_kit_and_nothing_of_the_lab(content):
    assert {Path(path).parts[0] for path in content["kit"]} == {"llamakeep", "ansible_collections"}
    kit = {path.removeprefix("src/") for path in tracked("src/llamakeep")}
    assert {path for path in content["kit"] if path.startswith("llamakeep/")} == kit
    assert not any("standin" in path or "stand_in" in path for path in content["kit"])


def test_it_carries_the_collection_where_ansible_looks(content):
    place = "ansible_collections/llamakeep/fleet/"
    carried = {path.removeprefix(place) for path in content["kit"] if path.startswith(place)}
    assert carried == tracked("galaxy.yml", "meta", "playbooks", "plugins", "roles", "templates")


def test_the_labs_wheel_has_the_lab_alone(content):
    lab = {path.removeprefix("src/") for path in tracked("src/llamakeep_lab")} - {"llamakeep_lab/pyproject.toml"}
    assert content["lab"] == lab
