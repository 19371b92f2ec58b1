"""What is kept of a model, and what should be."""

import json
from pathlib import Path

import pytest
import yaml
from ansible_collections.llamakeep.fleet.plugins.module_utils.model_cards import DEFAULT, EVERYBODY, Card
from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import listed as as_listed

ENVIRONMENT = Path(__file__).resolve().parents[3] / "roles/open_webui/vars/main/environment.yml"
GROUP = {"principal_type": "group", "principal_id": "7", "permission": "read"}


def row(**more):
    return {"id": "m:1", "name": "M", "meta": {}, "params": {}, "access_grants": [], "is_active": True, **more}


@pytest.mark.parametrize(
    ("capabilities", "seen", "is_listed", "differs"),
    [
        (["completion"], None, None, False),
        (["completion", "tools"], None, None, True),
        (["completion", "vision"], None, None, True),
        (["completion"], None, False, False),
        (["completion"], None, True, True),
        (["tools"], row(meta={"capabilities": {"builtin_tools": True}}), None, False),
        ([], row(meta={"capabilities": {"builtin_tools": True}}), None, True),
        ([], row(access_grants=[{"id": "1", **EVERYBODY}]), True, False),
        ([], row(access_grants=[{"id": "1", **EVERYBODY}]), False, True),
        ([], row(access_grants=[{"id": "1", **EVERYBODY}]), None, False),
        ([], row(meta=None, params=None), None, False),
    ],
)
def test_a_card_is_written_where_something_differs(capabilities, seen, is_listed, differs):
    assert Card("m:1", capabilities, seen, is_listed).differs() is differs


def test_what_people_wrote_stays():
    meta = {"description": "small", "capabilities": {"citations": False}}
    seen = row(meta=meta, params={"temperature": 0.5}, access_grants=[{"id": "2", **GROUP}], is_active=False)
    assert Card("m:1", ["tools"], seen, is_listed=True).form() == {
        "id": "m:1",
        "base_model_id": None,
        "name": "M",
        "meta": {"description": "small", "capabilities": {"citations": False, "builtin_tools": True, "vision": False}},
        "params": {"temperature": 0.5},
        "access_grants": [GROUP, EVERYBODY],
        "is_active": False,
    }


def test_taking_a_model_from_everybody_leaves_it_with_groups():
    seen = row(access_grants=[{"id": "1", **EVERYBODY}, {"id": "2", **GROUP}])
    assert Card("m:1", [], seen, is_listed=False).form()["access_grants"] == [GROUP]


def test_the_default_is_what_the_role_tells_the_program():
    pinned = yaml.safe_load(ENVIRONMENT.read_text())["__open_webui_environment_pinned"]
    assert json.loads(pinned["DEFAULT_MODEL_METADATA"]) == {"capabilities": DEFAULT}


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("mistral", "mistral:latest"),
        ("library/mistral:7b", "mistral:7b"),
        ("registry.ollama.ai/library/x:1", "x:1"),
        ("hf.co/who/model", "hf.co/who/model:latest"),
        ("host:5000/x", "host:5000/x:latest"),
    ],
)
def test_a_name_is_the_one_that_the_program_lists(name, listed):
    assert as_listed(name) == listed
