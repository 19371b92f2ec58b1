"""Whom Chatbox is told of, and which users are refused before anything is written."""

import base64
import datetime
import hashlib
import json
import urllib.parse

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import chatbox

TODAY = datetime.date(2026, 11, 23)
GATE = chatbox.gateway("Example.org", 443, ["mistral:7b", "qwen3:8b"])
DIRECT = chatbox.direct("192.0.2.11:11434", ["mistral:7b"])


def sha256(key):
    return hashlib.sha256(key.encode()).hexdigest()


KEYS = {
    "ann": {
        "sha256": sha256("lk_ann").upper(),
        "previous": [
            {"sha256": sha256("lk_older"), "until": "2026-11-23"},
            {"sha256": sha256("lk_over"), "until": "2026-11-22"},
        ],
    }
}


def users(*told, provider=GATE):
    return chatbox.users(list(told), provider, KEYS, TODAY)


def test_the_gateway_is_named_by_its_domain_and_port():
    assert GATE["address"] == "https://api.example.org/v1"
    assert chatbox.gateway("example.org", 8443, [])["address"] == "https://api.example.org:8443/v1"


def test_a_link_survives_being_a_url():
    key = "lk_" + "~?>" * 20  # base64 of it holds + and /
    parts = urllib.parse.urlsplit(chatbox.link(GATE, key))
    config = urllib.parse.parse_qs(parts.query)["config"][0]
    assert json.loads(base64.b64decode(config, validate=True))["settings"]["apiKey"] == key


@pytest.mark.parametrize("key", ["lk_ann", " lk_ann\n", "lk_a\nnn", "lk_older"])
def test_a_key_in_force_is_taken_without_its_line_breaks(key):
    assert users({"user": "a", "client": "ann", "key": key}) == [
        {"user": "a", "key": "".join(key.split()), "model": ""}
    ]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"user": "a", "client": "ann", "key": "lk_wrong"}, "is not the key of ann"),
        ({"user": "a", "client": "ann", "key": "lk_over"}, "is not the key of ann"),
        ({"user": "a", "client": "bob", "key": "lk_ann"}, "bob is no client"),
        ({"user": "a", "client": "ann"}, "has no client or no key"),
        ({"user": "a", "key": "lk_ann"}, "has no client or no key"),
        ({"client": "ann", "key": "lk_ann"}, "is no such user"),
        ({"user": "a", "client": "ann", "key": "lk_ann", "pasword": "x"}, "is no such user"),
        ({"user": "a", "client": "ann", "key": "lk_ann", "model": "mistral:70b"}, "did you mean mistral:7b?"),
        ("ann", "is no such user"),
    ],
)
def test_a_user_whom_the_gateway_would_turn_away_is_refused_and_no_key_said(told, said):
    (refusal,) = users(told)
    assert isinstance(refusal, Refusal)
    assert said in str(refusal)
    assert "lk_" not in str(refusal)


def test_a_user_stands_there_once():
    ann = {"user": "a", "client": "ann", "key": "lk_ann"}
    assert "second time" in str(users(ann, ann)[1])


def test_without_a_gateway_there_is_no_key():
    assert users({"user": "a", "model": "mistral:7b"}, provider=DIRECT) == [
        {"user": "a", "key": "", "model": "mistral:7b"}
    ]
    assert "the inventory has none" in str(users({"user": "a", "key": "lk_ann"}, provider=DIRECT)[0])


def test_every_model_once_and_none_that_is_left_out():
    options = {
        "llm1": {"ollama_models_names": ["mistral:7b", "library/qwen3"], "left_out": []},
        "llm2": {"ollama_models_names": ["mistral:7b", {"name": "llama3.1:70b"}], "left_out": ["llama3.1:70b"]},
        "llm3": {"ollama_models_names": None},
    }
    found = chatbox.served(options, lambda host, name: options[host].get(name))
    assert found == ["mistral:7b", "qwen3:latest"]
