"""Every Ollama on a host, and what it was started with."""

from hosts_said import said

from llamakeep.observe.seen import Loaded
from llamakeep.services.ollama.observed.copies import CopiesFact, Found
from llamakeep.services.ollama.observed.seen import Copy
from llamakeep.services.ollama.observed.server import OllamaFact


def seen(case: str) -> tuple[Found, ...]:
    return CopiesFact().parse(said("copies", case))


def test_ours_is_one_copy_under_three_names() -> None:
    (found,) = seen("ours")
    version = "0.34.4-standin"
    path = f"/opt/llamakeep/ollama/{version}/bin/ollama"
    assert found.copy == Copy(kind="program", path=path, version=version, ours=True, running=True)
    assert len(found.pids) == 1


def test_every_other_one() -> None:
    rows = [
        (one.copy.kind, one.copy.path, one.copy.version, one.pids) for one in seen("installed-twice-and-in-containers")
    ]
    nix = "/nix/store/0c8e1d24f1ba0c5e1d2aa55f0c8e1d24-ollama-cuda-0.11.10/bin/ollama"
    assert rows == [
        ("program", "/usr/local/bin/ollama", "", (812,)),
        ("program", "/usr/bin/ollama", "0.12.6", (910,)),
        ("snap", "/snap/ollama/105/bin/ollama", "0.9.2", ()),
        ("program", nix, "0.11.10", ()),
        ("container", "chat (ollama/ollama:0.13.5)", "0.13.5", (2405,)),
        ("container", "old (ollama/ollama:rocm)", "", ()),
        ("container", "6f1ba0c5e1d2 (docker.io/ollama/ollama:0.14.1)", "0.14.1", ()),
        ("container", "container aa1ba0c5e1d2 (/bin/ollama)", "", (2511,)),
        ("process", "/home/ann/ollama", "", (2600,)),
    ]


def test_what_serves_is_told_from_what_only_asks() -> None:
    running = {one.copy.path for one in seen("installed-twice-and-in-containers") if one.copy.running}
    assert running == {
        "/usr/local/bin/ollama",
        "chat (ollama/ollama:0.13.5)",
        "container aa1ba0c5e1d2 (/bin/ollama)",
        "/home/ann/ollama",
    }


def test_a_published_port_of_a_container_is_its_address() -> None:
    assert [one.copy.address for one in seen("installed-twice-and-in-containers") if one.copy.address] == [
        "0.0.0.0:11435"
    ]


def test_macos() -> None:
    brewed, app = (one.copy for one in seen("macos-app-and-homebrew"))
    assert (brewed.kind, brewed.version, brewed.running) == ("program", "0.12.3", False)
    assert app == Copy(kind="app", path="/Applications/Ollama.app", version="0.13.1", running=True)


def test_no_copy() -> None:
    assert seen("none") == ()


def test_what_a_service_was_started_with_prints_without_its_secrets() -> None:
    server = OllamaFact().parse(said("ollama", "drop-in-and-secrets"))
    assert server.answers
    assert server.environment["OLLAMA_CONTEXT_LENGTH"] == "8192"
    assert server.environment["OLLAMA_API_KEY"] == "(redacted)"
    assert "sample" not in server.model_dump_json()
    assert server.drop_ins == ("/etc/systemd/system/ollama.service.d/override.conf",)


def test_what_is_loaded_where() -> None:
    assert OllamaFact().parse(said("ollama", "one-loaded-on-the-cpu")).loaded == (
        Loaded(name="smollm2:135m", digest="4bb4fe8be6c2", size=303883328, size_vram=0, context=8192),
    )


def test_an_old_server_says_no_length_of_context() -> None:
    lines = [
        "answer /api/version",
        '{"version":"0.5.7"}',
        "answer /api/ps",
        '{"models":[{"name":"a:b","digest":"12","size":9,"size_vram":9}]}',
    ]
    assert OllamaFact().parse("\n".join(lines)).loaded == (Loaded(name="a:b", digest="12", size=9, size_vram=9),)
