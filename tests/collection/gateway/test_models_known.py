"""What hosts say of their models: the first word on the one that is meant, and nothing that is none."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.modules import models_known
from ansible_collections.llamakeep.fleet.plugins.modules.models_known import ask, entries, known, remembered
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity

from mutual_server import certificates, serving

MISTRAL = {"name": "mistral:7b", "digest": "ab", "capabilities": ["completion"], "details": {"parameter_size": "7.2B"}}


def test_the_first_that_has_the_digest_wins():
    other = {**MISTRAL, "digest": "cd", "capabilities": ["embedding"]}
    later = {**MISTRAL, "capabilities": ["tools"]}
    assert known([[other], None, [MISTRAL], [later]], {"mistral:7b": "ab"}) == {
        "mistral:7b": {"capabilities": ["completion"], "details": {"parameter_size": "7.2B"}}
    }
    assert known([[other]], {"mistral:7b": ""})["mistral:7b"]["capabilities"] == ["embedding"]
    assert known([[MISTRAL]], {"qwen3:latest": ""}) == {}


def test_who_says_nothing_of_it_is_passed_over():
    silent = {"name": "mistral:7b", "digest": "ab"}
    assert known(
        [[silent], [{**MISTRAL, "capabilities": "all"}], [{**MISTRAL, "details": None}]], {"mistral:7b": ""}
    ) == {"mistral:7b": {"capabilities": ["completion"], "details": {}}}


def test_what_is_no_answer_is_none(tmp_path):
    for text in (b"", b"[]", b"{}", b'{"models": 1}', b"\xff"):
        assert entries(text) is None
    assert remembered(tmp_path / "none") == []
    assert ask({"endpoint": "127.0.0.1:9"}, 1) is None


@pytest.mark.parametrize("name", ["llm1", "gpu 1", "x" * 64, "x" * 200, "192.0.2.11"])
def test_a_host_is_asked_over_tls_under_the_name_that_its_certificate_bears(tmp_path, monkeypatch, name):
    monkeypatch.setattr(models_known, "CERTIFICATE", str(tmp_path / "host.pem"))
    monkeypatch.setattr(models_known, "ROOTS", str(tmp_path / "roots.pem"))
    certificates(tmp_path, "gate1", name)
    with serving(tmp_path, {"/api/tags": {"models": [MISTRAL]}}) as port:
        door = {"endpoint": f"127.0.0.1:{port}", "tls": identity(name)}
        assert ask(door, 10) == [MISTRAL]
        assert ask({**door, "tls": "llm9"}, 10) is None
        assert ask({**door, "tls": ""}, 10) is None


def test_where_this_host_has_no_certificate_nobody_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(models_known, "CERTIFICATE", str(tmp_path / "host.pem"))
    monkeypatch.setattr(models_known, "ROOTS", str(tmp_path / "roots.pem"))
    assert ask({"endpoint": "127.0.0.1:9", "tls": "llm1"}, 1) is None
