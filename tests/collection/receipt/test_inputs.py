"""The plugins and the control node reckon the same, or a host would seem changed for ever."""

import hashlib

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import inputs, wishes
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.played import PLAYED

from llamakeep.errors import Refusal
from llamakeep.inventory import recorded, wish
from llamakeep.inventory.concealed import conceal
from llamakeep.inventory.fingerprint import fingerprint

MODEL = {
    "name": "mistral:7b",
    "registry": "http://192.0.2.5:5000",
    "path": "library/mistral",
    "digest": "d" * 64,
    "size": 7,
    "manifest": "{}",
}
LLM = ["lab_hosts", "llm_hosts"]
OWN = {"url": "http://192.0.2.5/x.tar.zst", "sha256": "b" * 64, "size": 9}


@pytest.mark.parametrize("value", ["0.34.4", 8192, ["mistral:7b", "ü"], {"b": 1, "a": None}, True, 1.5])
def test_what_is_concealed_counts_as_what_it_is(value):
    assert receipt.input_hash("00ff", value) == fingerprint("00ff", conceal("x_password", value, frozenset()))


@pytest.mark.parametrize(
    ("given", "pinned"),
    [
        ({}, {"linux-amd64", "linux-arm64"}),
        ({"ollama_version": "9.9.9"}, {"linux-amd64"}),
        ({"ollama_version": "0.0.1"}, set()),
        (
            {"ollama_archive_url": "file:///srv/x.tgz", "ollama_archive_sha256": "a" * 64},
            {"linux-amd64", "linux-arm64"},
        ),
        ({"ollama_models_names": ["library/mistral:7b", "mistral:7b"]}, {"linux-amd64", "linux-arm64"}),
        ({"ollama_models_names": [{"name": "mistral:7b", "on_misfit": "skip"}]}, {"linux-amd64", "linux-arm64"}),
        ({"ollama_models_names": None}, {"linux-amd64", "linux-arm64"}),
    ],
)
def test_what_the_lock_pins_of_a_host(given, pinned):
    values = {
        "ollama_version": "0.34.4",
        "ollama_archive_url": "",
        "ollama_archive_sha256": "",
        "ollama_models_names": [],
        **given,
    }
    lock = {"format": 1, "ollama": {"9.9.9": {"linux-amd64": OWN}}, "models": {"mistral:7b": MODEL}}
    found = inputs.pins(values, lock)
    assert set(found["lock:ollama"]) == pinned
    asked = values["ollama_models_names"]
    assert found.keys() - {"lock:ollama"} == ({"lock:model:mistral:7b"} if asked else set())
    if given.get("ollama_archive_url"):
        assert {archive["url"] for archive in found["lock:ollama"].values()} == {"file:///srv/x.tgz"}


def test_every_option_of_every_role_is_an_input():
    assert {"ollama_version", "firewall_addresses", "ollama_models_names"} <= set(inputs.options())


def test_a_host_is_made_from_the_options_of_the_roles_that_it_gets():
    lock = {"format": 1, "ollama": {}, "models": {}}
    found = {group: set(inputs.inputs(lambda _: "", [group], lock)) for group in ("chat_hosts", "gateway_hosts")}
    assert {"firewall_addresses", "open_webui_url"} <= found["chat_hosts"]
    assert {"firewall_addresses", "gateway_domain"} <= found["gateway_hosts"]
    assert found["chat_hosts"] & found["gateway_hosts"] == {"firewall_addresses"}
    assert inputs.concern(["llm_hosts", "chat_hosts"]) >= {"ollama_version", "open_webui_version"}
    assert inputs.concern(["untrusted"]) == frozenset()


def test_each_role_with_options_belongs_to_a_group():
    roles = {path.parents[1].name for path in inputs.options().values()}
    assert roles == set(PLAYED) - {"mutual_tls"}  # which has none: the doors of the others say how they speak


def test_policy_is_no_input():
    assert set(inputs.options()) >= inputs.POLICY
    assert recorded.recorded(dict.fromkeys(inputs.POLICY, "x")) == {}


def test_what_to_do_with_a_misfit_leaves_the_receipt_alone():
    """A changed on_misfit restarts nothing, brings nothing, and is no drift."""
    lock = {"format": 1, "ollama": {}, "models": {"mistral:7b": MODEL}}
    values = {"ollama_version": "0.34.4", "ollama_archive_url": "", "ollama_minimum_vram": "8 GB"}
    found = []
    for items in (["mistral:7b"], [{"name": "mistral:7b", "on_misfit": "skip"}]):
        given = {**values, "ollama_models_names": items}
        found.append(inputs.inputs(given.get, LLM, lock))
        assert recorded.recorded(given)["ollama_models_names"] == found[-1]["ollama_models_names"]
    assert found[0] == found[1]


def test_a_model_that_is_left_out_is_not_what_the_host_was_made_from():
    lock = {"format": 1, "ollama": {}, "models": {"mistral:7b": MODEL}}
    values = {"ollama_version": "0.34.4", "ollama_models_names": ["mistral:7b"]}
    found = inputs.inputs(values.get, LLM, lock, ["mistral:7b"])
    assert found["ollama_models_names"] == ["mistral:7b"]
    assert "lock:model:mistral:7b" not in found


@pytest.mark.parametrize(
    "item", [5, {"nam": "mistral:7b"}, {"name": "mistral:7b", "on_misfit": "skpi"}, {"on_misfit": "skip"}]
)
def test_an_item_that_names_no_model_is_refused_on_both_sides(item):
    with pytest.raises(Refusal, match=r"item 1 of ollama_models_names"):
        wishes.named([item])
    with pytest.raises(Refusal, match=r"item 1 of ollama_models_names"):
        wish.wishes([item])


def test_passwords_are_no_input_on_either_side():
    """A weak one would be found by its hash; a salt that lies beside it keeps nobody."""
    ann = {"email": "ann@example.org", "role": "admin"}
    given = {"open_webui_admin_password": "summer", "open_webui_users": [{**ann, "password": "winter"}]}
    found = inputs.without_passwords(given)
    assert found == {"open_webui_admin_password": True, "open_webui_users": [ann]}
    assert recorded.recorded(given) == found
    assert inputs.without_passwords({}) == {}


def test_keys_of_desktops_are_known_by_their_hash_alone_on_both_sides():
    ann = {"user": "ann", "client": "ann-desktop", "model": "mistral:7b"}
    bob = {"user": "bob"}
    users = [{**ann, "key": " lk_secret\n"}, {**bob, "key": ""}, "no user"]
    given = {"chatbox_version": "1.20.0", "chatbox_users": users, "open_webui_users": None}
    found = inputs.inputs(given.get, ["desktop_hosts"], {"format": 1, "ollama": {}, "models": {}})
    hashed = hashlib.sha256(b"lk_secret").hexdigest()
    assert found["chatbox_users"] == [{**ann, "key": hashed}, {**bob, "key": ""}]
    assert recorded.recorded(given)["chatbox_users"] == found["chatbox_users"]
    assert "open_webui_users" not in found
    with_chat = inputs.inputs(
        {"open_webui_users": [{"email": "a@b", "password": "winter"}]}.get, ["chat_hosts"], {"ollama": {}, "models": {}}
    )
    assert with_chat["open_webui_users"] == [{"email": "a@b"}]


def test_secrets_of_servers_count_and_are_dear_to_guess_on_both_sides():
    given = {"open_webui_database_password": "summer", "open_webui_ldap_bind_password": ""}
    values = {"ollama_version": "0.34.4", "ollama_archive_url": "", "ollama_models_names": [], **given}
    found = inputs.inputs(values.get, ["llm_hosts", "chat_hosts"], {"ollama": {}, "models": {}})
    ours = recorded.recorded(given)
    assert {name: found[name] for name in given} == {name: ours[name] for name in given}
    assert "summer" not in found["open_webui_database_password"]
    assert found["open_webui_ldap_bind_password"] == ""


def test_a_root_that_is_still_to_be_made_is_nothing_to_compare():
    """The first `up` makes it after the inventory was read, and judges the host by what was read."""
    assert recorded.recorded({"fleet:root": ""}) == {}
    assert recorded.recorded({"fleet:root": "-----BEGIN"}) == {"fleet:root": "-----BEGIN"}
    for nothing in ({}, {"roots": "", "revoked": ""}):
        assert recorded.recorded({"fleet:tls": nothing}) == {}
    there = {"fleet:tls": {"roots": "ab", "revoked": ""}}
    assert recorded.recorded(there) == there
