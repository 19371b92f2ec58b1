"""What the running server's environment is compared with."""

import hashlib

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED
from healthy import HEALTHY, MODELS, host

from llamakeep.services.ollama.verified import question, settings
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.verify.evidence import NotChecked

SEEN = HEALTHY["environment"]
WANTED = host().must_have(WantedOllama)


def wanting(**environment):
    return host(inputs=host().inputs | {"ollama_environment": environment})


def hashed(value):
    return hashlib.sha256(f"nonce{value}".encode()).hexdigest()


def test_an_environment_as_wanted_has_no_difference():
    assert settings.differences(host(), WANTED, SEEN, "nonce") == []


def test_a_setting_that_is_not_set_is_named():
    seen = {name: value for name, value in SEEN.items() if name != "OLLAMA_NO_CLOUD"}
    assert settings.differences(host(), WANTED, seen, "nonce") == ["OLLAMA_NO_CLOUD is not set, expected 1"]


@pytest.mark.parametrize("name", ["OLLAMA_ORIGINS", "OLLAMA_DEBUG_LOG_REQUESTS", "LD_PRELOAD"])
def test_what_would_open_the_service_or_keep_prompts_is_named(name):
    assert settings.differences(host(), WANTED, SEEN | {name: "1"}, "nonce") == [f"{name} is set, expected not"]


def test_what_is_expected_is_what_the_role_pins():
    pinned = {**WANTED.managed.environment, "OLLAMA_HOST": "127.0.0.1:11435"}
    open_one = WANTED.model_copy(update={"managed": WANTED.managed.model_copy(update={"environment": pinned})})
    assert settings.plain(host(), open_one)["OLLAMA_HOST"] == "127.0.0.1:11435"
    assert settings.differences(host(), open_one, SEEN, "nonce") == [
        "OLLAMA_HOST is 127.0.0.1:11434, expected 127.0.0.1:11435"
    ]


def with_table(**environment):
    managed = WANTED.managed.model_copy(update={"environment": WANTED.managed.environment | environment})
    return WANTED.model_copy(update={"managed": managed})


def test_a_setting_that_the_role_comes_to_pin_is_compared_too():
    newer = with_table(OLLAMA_MULTIUSER_CACHE="1")
    assert settings.differences(host(), newer, SEEN, "nonce") == ["OLLAMA_MULTIUSER_CACHE is not set, expected 1"]
    assert "OLLAMA_MULTIUSER_CACHE" in settings.shown(host(), newer)


def test_what_the_inventory_adds_is_not_among_what_may_be_shown():
    proxy = {"HTTPS_PROXY": "http://kit:sample@proxy.example"}
    assert "HTTPS_PROXY" not in settings.shown(wanting(**proxy), with_table(**proxy))


def test_private_values_are_compared_by_hash_and_never_shown():
    wanted = wanting(HTTPS_PROXY="http://kit:sample@proxy.example")
    same = SEEN | {"HTTPS_PROXY": hashed("http://kit:sample@proxy.example")}
    assert settings.differences(wanted, WANTED, same, "nonce") == []
    (said,) = settings.differences(wanted, WANTED, SEEN | {"HTTPS_PROXY": hashed("x")}, "nonce")
    assert said == "HTTPS_PROXY is another value, expected that of the inventory"


@pytest.mark.parametrize("written", ["True", "true", "1"])
def test_a_yes_may_be_written_in_several_ways(written):
    wanted = wanting(OLLAMA_SCHED_SPREAD=True)
    assert settings.differences(wanted, WANTED, SEEN | {"OLLAMA_SCHED_SPREAD": hashed(written)}, "nonce") == []


def test_a_value_that_a_record_struck_out_cannot_be_checked():
    with pytest.raises(NotChecked, match="HTTPS_PROXY is struck out"):
        settings.differences(wanting(HTTPS_PROXY=REDACTED), WANTED, SEEN, "nonce")


def test_the_model_with_a_known_answer_is_asked_first_and_then_the_smallest():
    def model(name, size):
        return MODELS.models[0].model_copy(update={"name": name, "size": size})

    order = question.in_order([model("mistral:7b", 4), model("tiny:1b", 1), model("smollm2:135m", 9)])
    assert [each["model"] for each in order] == ["smollm2:135m", "tiny:1b", "mistral:7b"]
    assert question.expected_of("smollm2:135m") == "Paris"
    assert question.expected_of("mistral:7b") == ""
