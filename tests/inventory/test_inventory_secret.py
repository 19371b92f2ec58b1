"""Secrets: recognised by name and by vault, never printed, and hashed as what they are."""

import hashlib
import json

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import (
    REDACTED,
    has_password,
    is_named_secret,
    without_passwords,
)

from llamakeep.hosts.connection import Connection
from llamakeep.inventory.concealed import conceal, redact, reveal
from llamakeep.inventory.fingerprint import fingerprint
from llamakeep.inventory.fleet import Host


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("OLLAMA_API_KEY", True),
        ("gateway_api_keys", True),
        ("ansible_become_password", True),
        ("hf-token", True),
        ("ollama_keep_alive", False),
        ("OLLAMA_KV_CACHE_TYPE", False),
        ("ollama_store", False),
        ("monkey", False),
    ],
)
def test_names_that_say_secret(name: str, secret: bool) -> None:
    assert is_named_secret(name) is secret


VALUE = {
    "HF_TOKEN": "abc",
    "nested": {"password": 5, "note": "pre-geheim99-post"},
    "list": ["geheim99", 7, None, True],
}


def test_what_came_out_of_a_vault_is_struck_out_wherever_it_went() -> None:
    hidden = conceal("ollama_environment", VALUE, frozenset({"geheim99"}))
    assert redact(hidden) == {
        "HF_TOKEN": REDACTED,
        "nested": {"password": REDACTED, "note": REDACTED},
        "list": [REDACTED, 7, None, True],
    }
    assert "geheim99" not in repr(hidden)
    assert reveal(hidden) == VALUE


def test_a_record_of_a_host_holds_no_secret() -> None:
    inputs = conceal("", {"ollama_environment": VALUE}, frozenset({"geheim99"}))
    words = {"password": "sesame", "become_password": "open"}
    connection = Connection(kind="ssh", address="192.0.2.7", **words)  # type: ignore[arg-type]
    host = Host(name="gpu01", groups=(), connection=connection, inputs=inputs)
    for text in (host.model_dump_json(), repr(host), str(host)):
        for word in ("geheim99", "abc", "sesame", '"open"'):
            assert word not in text
    assert Host.model_validate_json(host.model_dump_json()).inputs["ollama_environment"]["HF_TOKEN"] == REDACTED


def test_the_hash_is_that_of_the_value_itself() -> None:
    hidden = conceal("ollama_environment", VALUE, frozenset({"geheim99"}))
    text = "00ff" + json.dumps(VALUE, sort_keys=True, separators=(",", ":"))
    assert fingerprint("00ff", hidden) == hashlib.sha256(text.encode()).hexdigest()


def test_a_password_in_a_url_is_struck_out() -> None:
    proxy = {"HTTPS_PROXY": "http://kit:topsecret@proxy.example:3128", "NO_PROXY": "localhost"}
    hidden = conceal("ollama_environment", proxy, frozenset())
    assert redact(hidden) == {"HTTPS_PROXY": REDACTED, "NO_PROXY": "localhost"}
    assert reveal(hidden) == proxy


@pytest.mark.parametrize(
    ("text", "struck_out"),
    [
        ("http://kit:top@proxy.example", "http://•••@proxy.example"),
        ("http://kit:t@p@proxy.example/a@b", "http://•••@proxy.example/a@b"),
        ("https://t0ken@mirror.example", "https://•••@mirror.example"),
        ("https://:pw@mirror.example", "https://•••@mirror.example"),
        ("https://a.example/x?v=1&X-Amz-Signature=ab&z=2", "https://a.example/x?v=1&X-Amz-Signature=•••&z=2"),
        ("https://a.example/x?sig=ab&api_key=c", "https://a.example/x?sig=•••&api_key=•••"),
    ],
)
def test_every_form_of_a_secret_in_a_url_is_known(text: str, struck_out: str) -> None:
    assert has_password(text)
    assert without_passwords(f"at {text} it is") == f"at {struck_out} it is"
    assert without_passwords(struck_out) == struck_out


@pytest.mark.parametrize("text", ["http://proxy.example:3128/a@b", "me@mail.example", "https://a.example/?v=1#key=2"])
def test_a_url_without_a_secret_is_left_alone(text: str) -> None:
    assert not has_password(text)
    assert without_passwords(text) == text
