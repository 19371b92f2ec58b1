"""What hosts say of their models: the first word on the one that is meant, and nothing that is none."""

from ansible_collections.llamakeep.fleet.plugins.modules.models_known import ask, entries, known, remembered

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
