"""Settings that no role has, and values of the wrong type."""

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.options import Option, read, roles

from llamakeep import collection
from llamakeep.inventory.check import unknown_name, wrong_type

OPTIONS = read(collection.root() / "roles")
PLACE = "group_vars/llm_hosts.yml:7"


def test_options_come_from_the_roles() -> None:
    assert {"firewall_addresses", "ollama_version", "ollama_models_names"} <= OPTIONS.keys()
    assert OPTIONS["ollama_models_names"].role == "ollama_models"
    assert roles(OPTIONS)[0] == "ollama_models"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("ollama_contxt_length", "ollama_context_length"),
        ("ollama_models_nams", "ollama_models_names"),
        ("ollama_models", "ollama_models_names"),
        ("firewall_adresses", "firewall_addresses"),
    ],
)
def test_a_misspelt_setting_is_refused_with_the_nearest(name: str, nearest: str) -> None:
    refusal = unknown_name(name, PLACE, OPTIONS)
    assert refusal is not None
    assert (refusal.place, refusal.remedy) == (PLACE, f"did you mean {nearest}?")


@pytest.mark.parametrize("name", ["ollama_version", "my_ollama_version", "ansible_user", "nginx_port", "ollama"])
def test_known_names_and_other_peoples_are_let_through(name: str) -> None:
    assert unknown_name(name, PLACE, OPTIONS) is None


def test_what_is_internal_to_a_role_is_refused() -> None:
    refusal = unknown_name("__ollama_managed", PLACE, OPTIONS)
    assert refusal is not None
    assert "internal" in refusal.found


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ollama_context_length", "lots", "a number"),
        ("ollama_models_names", {"a": 1}, "a list"),
        ("ollama_models_sources", {"a": 1}, "a list, each item a text"),
        ("ollama_require_accelerator", "cuda", "one of any, nvidia, amd, apple, none"),
        ("ollama_environment", "words", "a mapping"),
        ("ollama_network", "closed", "one of sealed, open"),
        ("ollama_version", 0.3, "a text"),
        ("ollama_version", True, "a text"),
        ("ollama_version", ["0.34.4"], "a text"),
        ("ollama_keep_alive", {"for": "5m"}, "a text"),
        ("ollama_context_length", True, "a number"),
        ("ollama_models_sources", [5], "a list, each item a text"),
    ],
)
def test_a_wrong_type_is_refused_with_the_right_one(name: str, value: Any, expected: str) -> None:
    refusal = wrong_type(OPTIONS[name], value, PLACE, secret=False)
    assert refusal is not None
    assert (refusal.place, refusal.expected) == (PLACE, expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ollama_context_length", 8192),
        ("ollama_context_length", "8192"),
        ("ollama_models_names", ["mistral:7b"]),
        ("ollama_environment", {"OLLAMA_DEBUG": "1"}),
        ("ollama_version", "0.34.4"),
        ("ollama_keep_alive", -1),
    ],
)
def test_what_the_role_takes_is_taken(name: str, value: Any) -> None:
    assert wrong_type(OPTIONS[name], value, PLACE, secret=False) is None


def test_a_secret_is_not_in_the_message() -> None:
    option = Option("gateway_api_keys", "gateway", {"type": "dict"}, Path("defaults/main.yml"))
    refusal = wrong_type(option, ["s3cret"], PLACE, secret=False)
    assert refusal is not None
    assert "s3cret" not in str(refusal)
    assert "s3cret" not in str(wrong_type(OPTIONS["ollama_environment"], ["s3cret"], PLACE, secret=True))


def test_a_password_beside_a_typo_is_not_said_back() -> None:
    users = Option(
        "open_webui_users",
        "open_webui",
        {
            "type": "list",
            "elements": "dict",
            "options": {"email": {"required": True}, "role": {"choices": ["user", "admin"]}, "password": {}},
        },
        Path(),
    )
    for wrong in ({"email": "b@x.org", "role": "boss"}, {"email": "b@x.org", "stat": "gone"}, {"role": "user"}):
        value = [{**wrong, "password": "hunter2secret"}]
        refusal = wrong_type(users, value, PLACE, secret=False, vaulted=frozenset({"hunter2secret"}))
        assert refusal is not None
        assert "hunter2secret" not in str(refusal)
    refusal = wrong_type(users, [{"email": "b@x.org", "role": "boss"}], PLACE, secret=False)
    assert refusal is not None
    assert "one of: user, admin, got: boss" in refusal.expected


def test_a_text_is_no_list() -> None:
    option = Option("open_webui_groups", "open_webui", {"type": "list", "elements": "str"}, Path())
    refusal = wrong_type(option, "gateway_hosts", PLACE, secret=False)
    assert refusal is not None
    assert refusal.remedy == "put it in [ ]"
