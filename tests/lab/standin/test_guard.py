import pytest

from llamakeep_lab.standin.program import guard
from llamakeep_lab.standin.program.settings import Settings

LOCAL = [
    "localhost",
    "LOCALHOST:11434",
    "127.0.0.1:11434",
    "[::1]:11434",
    "10.1.2.3",
    "ai.local",
    "x.internal",
    "",
]


@pytest.mark.parametrize("host", LOCAL)
def test_a_local_name_is_answered(host):
    assert guard.host_allowed(host)


def test_the_machines_own_name_is_answered(monkeypatch):
    monkeypatch.setattr(guard.socket, "gethostname", lambda: "LLM1")
    assert guard.host_allowed("llm1:11434")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "203.0.113.7"])
def test_a_foreign_name_is_not(host):
    assert not guard.host_allowed(host)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:3000", True),
        ("https://127.0.0.1", True),
        ("app://chat", True),
        ("chrome-extension://abc", True),
        ("http://ai.example:8080", True),
        ("https://evil.example", False),
        ("http://localhost.evil.example", False),
    ],
)
def test_only_local_pages_and_those_named_may_read(origin, allowed):
    origins = Settings.read({"OLLAMA_ORIGINS": "http://ai.example:*"}).origins
    assert guard.origin_allowed(origin, "127.0.0.1:11434", origins) is allowed
