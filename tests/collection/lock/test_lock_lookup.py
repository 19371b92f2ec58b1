"""The lock is found beside the inventory, and names that it does not know are refused."""

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible_collections.llamakeep.fleet.plugins.lookup.lock import LookupModule
from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import canonical
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.lock import read, wanted_models

MODEL = {
    "registry": "http://registry1:5000/",
    "path": "library/mistral",
    "digest": "ab",
    "size": 1,
    "manifest": "{}",
}
LOCK = {
    "format": 1,
    "ollama": {"0.34.4": {"linux-amd64": {"url": "https://a.example/o.tgz", "sha256": "cd", "size": 2}}},
    "models": {"mistral:7b": MODEL, "mistral:latest": MODEL, "mistral-openorca:7b": MODEL, "llava:7b": MODEL},
}


@pytest.fixture
def inventory(tmp_path):
    (tmp_path / "hosts.yml").write_text("all: {}\n")
    (tmp_path / "llamakeep.lock").write_text(yaml.safe_dump(LOCK))
    return tmp_path


def look_up(variables):
    return LookupModule().run([], variables=variables)[0]


@pytest.mark.parametrize("source", ["", "hosts.yml"], ids=["folder", "file"])
def test_it_lies_in_the_inventorys_folder_or_beside_its_file(inventory, source):
    assert look_up({"ansible_inventory_sources": [str(inventory / source)]})["models"].keys() == LOCK["models"].keys()


def test_it_is_found_from_a_hosts_own_inventory_folder(inventory):
    assert look_up({"inventory_dir": str(inventory)})["ollama"] == LOCK["ollama"]


@pytest.mark.parametrize(
    "variables",
    [{}, {"inventory_dir": None}, {"ansible_inventory_sources": ["host1,host2"]}, {"inventory_dir": "/nowhere"}],
)
def test_without_a_lock_its_parts_are_empty(variables):
    assert look_up(variables) == {"format": 1, "ollama": {}, "models": {}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models: [", "line 1"),
        ("- a list", "not a lock of format 1"),
        ("format: 2", "not a lock of format 1"),
        ("models: [mistral]", "its part 'models' is no table of names"),
    ],
)
def test_a_lock_that_cannot_be_read_is_refused_by_its_place(inventory, text, words):
    (inventory / "llamakeep.lock").write_text(text)
    with pytest.raises(AnsibleError, match=words) as refused:
        look_up({"inventory_dir": str(inventory)})
    assert str(inventory / "llamakeep.lock") in str(refused.value)


def test_an_empty_lock_is_one(inventory):
    (inventory / "llamakeep.lock").write_text("format: 1\nmodels:\n")
    assert read(inventory / "llamakeep.lock") == {"format": 1, "ollama": {}, "models": {}}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("mistral", "mistral:latest"),
        ("library/mistral:7b", "mistral:7b"),
        ("registry.ollama.ai/library/mistral", "mistral:latest"),
        ("registry.ollama.ai/ann/model:q4", "ann/model:q4"),
    ],
)
def test_names_are_made_canonical(name, found):
    assert canonical(name) == found


@pytest.mark.parametrize("name", [" mistral:7b ", "mistral: 7b", "hub.example:5000/ann/model"])
def test_what_the_lock_could_not_hold_is_no_name_for_a_play_either(inventory, name):
    with pytest.raises(Refusal, match="is no name of a model"):
        wanted_models([name], [], {"inventory_dir": str(inventory)})


def test_wanted_models_come_each_once_with_the_operators_sources_first(inventory):
    variables = {"inventory_dir": str(inventory)}
    models = wanted_models(["mistral:7b", "library/mistral:7b", "llava:7b"], ["http://192.0.2.1:5000/"], variables)
    assert [model["name"] for model in models] == ["mistral:7b", "llava:7b"]
    assert models[0] == {
        "name": "mistral:7b",
        "path": "library/mistral",
        "digest": "ab",
        "manifest": "{}",
        "sources": ["http://192.0.2.1:5000", "http://registry1:5000"],
    }


def test_unknown_names_are_refused_with_the_nearest_known_ones(inventory):
    variables = {"ansible_inventory_sources": [str(inventory)]}
    with pytest.raises(Refusal) as refused:
        wanted_models(["mistrl:7b", "mistral:70b", "nothing-like-it"], [], variables)
    near = {
        "mistrl:7b": "mistral:7b, mistral:latest",
        "mistral:70b": "mistral:7b, mistral:latest, mistral-openorca:7b",
    }
    told = "; ".join(f"{name} (nearest: {others})" for name, others in near.items())
    assert str(refused.value).splitlines() == [
        f"ollama_models_names: not in {inventory}/llamakeep.lock: {told}; nothing-like-it:latest",
        "  expected: one of llava:7b, mistral-openorca:7b, mistral:7b, mistral:latest",
        f"  → correct the name, or write it into the lock: llamakeep lock -i {inventory}",
    ]


def test_without_a_lock_a_name_is_refused_with_where_it_would_lie(tmp_path):
    with pytest.raises(Refusal, match=r"mistral:7b: there is no lock at .*/llamakeep.lock"):
        wanted_models(["mistral:7b"], [], {"inventory_dir": str(tmp_path)})
