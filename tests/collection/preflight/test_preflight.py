"""A host that cannot work is refused before anything touches it, with all that is wrong with it."""

import json
import os
import socket

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.llamakeep.fleet.plugins.module_utils import space
from ansible_collections.llamakeep.fleet.plugins.module_utils.listeners import Listener
from ansible_collections.llamakeep.fleet.plugins.modules import preflight


@pytest.fixture
def look(capsys):
    def look(**arguments):
        with patch_module_args(arguments), pytest.raises(SystemExit):
            preflight.main()
        return json.loads(capsys.readouterr().out)

    return look


def holds(monkeypatch, *listeners):
    monkeypatch.setattr(preflight, "on_port", lambda _port: list(listeners))


PORT = {"port": 11434, "units": ["ollama.service", "ollama-api.socket"]}


def test_a_host_that_will_do_is_described(look, monkeypatch):
    holds(monkeypatch)
    answer = look(programs=["sh", "no-such-program"], ports=[PORT])
    assert (answer["changed"], answer["missing_programs"]) == (False, ["no-such-program"])
    assert answer["architecture"] in ("amd64", "arm64")
    assert set(answer["os"]) == {"id", "version", "name"}


def test_users_are_found_by_their_number_and_who_is_none_is_left_out(look):
    assert look(users=["root", "no-such-user", "0"])["users"] == {"root": 0}


def test_our_own_units_may_hold_the_port(look, monkeypatch):
    holds(monkeypatch, Listener("127.0.0.1", 11434, "root", 77, "systemd-socket-", unit="ollama-api.socket"))
    assert "failed" not in look(ports=[PORT])


@pytest.mark.parametrize(
    ("listener", "words"),
    [
        (
            Listener("127.0.0.1", 11434, "ann", 812, "ollama", "ollama", "session-3.scope"),
            ["port 11434: ollama (pid 812, user ann, session-3.scope: ollama) listens on 127.0.0.1",
             "  expected: a free port, or one that is held by ollama.service or ollama-api.socket",
             "  → it was started by hand: stop it (kill 812), or set ollama_api_port to another port"],
        ),
        (
            Listener("::", 11434, "root", 900, "docker-proxy", "/usr/bin/docker-proxy", "docker.service"),
            ["port 11434: docker-proxy (pid 900, user root, docker.service: /usr/bin/docker-proxy) listens on ::",
             "  → a container publishes the port: `docker ps --filter publish=11434` names it; stop it"],
        ),
        (
            Listener("0.0.0.0", 11434, "root", 901, "ollama", "/bin/ollama", "", "4f1ba0c5e1d2"),
            ["container 4f1ba0c5e1d2", "docker stop 4f1ba0c5e1d2"],
        ),
        (
            Listener("127.0.0.1", 11434, "www-data", 5, "nginx", "nginx: master", "nginx.service"),
            ["systemctl disable --now nginx.service"],
        ),
        (Listener("127.0.0.1", 11434, "ann"), ["a program of ann, which cannot be seen", "run with become"]),
    ],
    ids=["by hand", "docker-proxy", "container", "service", "unseen"],
)  # fmt: skip
def test_another_program_on_the_port_is_named_with_what_to_do(look, monkeypatch, listener, words):
    holds(monkeypatch, listener)
    message = look(ports=[PORT])["msg"]
    for line in words:
        assert line in message


def test_a_program_that_listens_twice_is_named_once(look, monkeypatch):
    twice = [Listener(address, 11434, "ann", 812, "ollama") for address in ("127.0.0.1", "::1")]
    holds(monkeypatch, *twice)
    message = look(ports=[PORT])["msg"]
    assert message.count("port 11434") == 1
    assert "listens on 127.0.0.1, ::1" in message


def test_a_real_listener_is_named(look):
    with socket.create_server(("127.0.0.1", 0)) as server:
        message = look(ports=[{"port": server.getsockname()[1], "units": []}])["msg"]
    assert f"(pid {os.getpid()}, user " in message


def test_all_that_is_wrong_is_told_at_once(look, monkeypatch):
    monkeypatch.setattr(os.path, "isdir", lambda path, real=os.path.isdir: path != "/run/systemd/system" and real(path))
    holds(monkeypatch, Listener("127.0.0.1", 11434, "ann", 812, "ollama"))
    monkeypatch.setattr(space, "free", lambda _path: 5_000_000_000)
    models = "/usr/share/ollama/.ollama/models"
    message = look(
        systemd=True,
        architectures=["s390x"],
        ports=[PORT],
        space=[{"path": models, "bytes": 80_000_000_000, "why": "mixtral:8x7b"}],
    )["msg"]
    places = [line.partition(":")[0] for line in message.splitlines() if not line.startswith(" ")]
    assert places == ["systemd", "architecture", "port 11434", models]
    assert "expected: 74.5 GiB for what is to come (74.5 GiB for mixtral:8x7b)" in message


def test_needs_on_one_disk_are_added_up(look, tmp_path, monkeypatch):
    monkeypatch.setattr(space, "free", lambda _path: 1_000 + space.RESERVE)
    needs = [{"path": str(tmp_path / "not yet" / name), "bytes": 600, "why": name} for name in "ab"]
    assert "1.2 KiB for what is to come (600 B for a, 600 B for b)" in look(space=needs)["msg"]
    assert "failed" not in look(space=needs[:1])


def test_what_a_later_release_left_is_refused_and_an_empty_folder_is_not(look, tmp_path):
    later = tmp_path / "manifests-v2"
    unknown = [{"path": str(later), "found": "holds models as 0.40 keeps them", "remedy": "install a newer kit"}]
    assert "failed" not in look(unknown=unknown)
    later.mkdir()
    assert "failed" not in look(unknown=unknown)
    (later / "ollama.com").mkdir()
    assert look(unknown=unknown)["msg"] == f"{later}: holds models as 0.40 keeps them\n  → install a newer kit"
