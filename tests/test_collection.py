"""Where the collection lies, and what its version says."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit

from llamakeep import collection
from llamakeep.errors import Refusal


def test_the_checkout_is_the_collection():
    assert (collection.root() / "galaxy.yml").is_file()
    assert collection.root() == kit.COLLECTION


TYPES = {"any", "bool", "bytes", "dict", "float", "int", "jsonarg", "list", "path", "raw", "sid", "str"}


@pytest.mark.parametrize(
    "path", sorted((kit.COLLECTION / "plugins" / "modules").glob("*.py")), ids=lambda path: path.stem
)
def test_what_a_module_says_of_itself_can_be_read(path):
    """As ansible-doc reads it, which says of a fault on stderr alone."""
    said = {name: yaml.safe_load(text) for name, text in re.findall(r'(?ms)^([A-Z]+) = r"""(.*?)"""', path.read_text())}
    assert {"DOCUMENTATION", "EXAMPLES"} <= said.keys()
    assert said["DOCUMENTATION"]["module"] == path.stem
    told = [*said["DOCUMENTATION"].get("options", {}).values(), *(said.get("RETURN") or {}).values()]
    assert {one.get("type", "str") for one in told} <= TYPES


def test_the_version_names_the_content_that_decides_what_a_host_gets():
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[0-9a-f]{12}", kit.version())


def test_a_changed_template_is_another_version(tmp_path, monkeypatch):
    for part in ("playbooks", "plugins", "roles", "templates"):
        (tmp_path / part).mkdir()
    (tmp_path / "galaxy.yml").write_text("version: 0.1.0\n")
    template = tmp_path / "templates" / "door.socket.j2"
    monkeypatch.setattr(kit, "COLLECTION", tmp_path)
    versions = set()
    for text in ("one", "two"):
        template.write_text(text)
        kit.version.cache_clear()
        versions.add(kit.version())
    kit.version.cache_clear()
    assert len(versions) == 2


@pytest.fixture
def older(tmp_path):
    """A copy of an older version under the user's collections, as ansible-galaxy installs one."""
    place = tmp_path / "home" / ".ansible" / "collections" / "ansible_collections" / "llamakeep" / "fleet"
    place.mkdir(parents=True)
    (place / "plugins").symlink_to(collection.root() / "plugins")
    (place / "MANIFEST.json").write_text(json.dumps({"collection_info": {"version": "0.0.9"}}))
    return place


def asked(tmp_path, code):
    """Return what the inventory's worker answers a user who has the older copy at home."""
    (tmp_path / "hosts.yml").write_text("llm_hosts: {hosts: {gpu01: }}\n")
    whole = {"inventory": "hosts.yml", "limit": None, "roles": str(collection.root() / "roles"), "whole": True}
    environment = {**os.environ, "HOME": str(tmp_path / "home")}
    environment.pop("ANSIBLE_HOME", None)
    environment.pop("ANSIBLE_COLLECTIONS_PATH", None)
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nfrom llamakeep.inventory.worker import main; main()"],
        input=json.dumps(whole),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_copy_under_the_users_collections_does_not_come_first(tmp_path, older):
    assert [host["name"] for host in asked(tmp_path, "")["hosts"]] == ["gpu01"]


def test_another_version_that_ansible_loads_all_the_same_is_refused_by_name(tmp_path, older):
    place = str(older.parents[2])
    code = f"import pathlib; from llamakeep import collection; collection.path = lambda: pathlib.Path({place!r})"
    (refusal,) = asked(tmp_path, code)["refusals"]
    assert (refusal["id"], refusal["place"]) == ("collection-of-another-version", str(older))
    assert re.fullmatch(r"Ansible loads llamakeep\.fleet 0\.0\.9\+[0-9a-f]{12} from here", refusal["found"])
    assert refusal["expected"].startswith(kit.version())
    assert refusal["remedy"] == f"remove that copy: rm -r {older}"


def test_a_copy_of_the_same_content_is_as_good(tmp_path):
    shutil.copy(collection.root() / "galaxy.yml", tmp_path)
    for part in ("playbooks", "plugins", "roles", "templates"):
        shutil.copytree(collection.root() / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    collection.refuse_other(tmp_path)
    with pytest.raises(Refusal, match=r"Ansible loads llamakeep.fleet unknown\+"):
        collection.refuse_other(tmp_path / "nothing")


def test_the_place_that_ansible_is_told_leads_to_it():
    assert (collection.path() / "ansible_collections" / "llamakeep" / "fleet").resolve() == collection.root()
