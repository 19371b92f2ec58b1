"""The front door as hosts of a lab said it, and the programs that ask there."""

import ast
import json
import os
import sqlite3
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import nearest
from hosts_said import said

from llamakeep import observe
from llamakeep.inventory.door import Door
from llamakeep.inventory.fleet import Connection, Host
from llamakeep.observe.ask import Ask, AskChat, AskGateway, ask_of
from llamakeep.observe.facts.chat import ChatFact
from llamakeep.observe.facts.gateway import GatewayFact
from llamakeep.observe.front import chat as chat_program
from llamakeep.observe.front import gateway as gateway_program
from llamakeep.observe.seen import SeenBackend, SeenChat
from llamakeep.services.firewall.wanted import WantedFirewall
from llamakeep.services.gateway.wanted import WantedGateway
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from tables import services

PROGRAMS = sorted((Path(observe.__file__).parent / "front").glob("*.py"))
CONNECTION = Connection(kind="ssh", address="192.0.2.5", python="/usr/bin/python3")
CHAT = WantedOpenWebui(
    version="0.12.4",
    door=Door(name="open-webui-web", into="open-webui.service", port=8080, at=("192.0.2.5", "127.0.0.1")),
    url="https://chat.example.org",
    data="/srv/it's the chat",
)
GATEWAY = WantedGateway(
    domain="example.org",
    addresses=("192.0.2.5",),
    port=8443,
    certificate="internal",
    keys=(),
    models={},
    chats=("chat1",),
    metrics_port=8405,
)


def host(**parts) -> Host:
    return Host(name="one", groups=(), connection=CONNECTION, services=services(**parts))


def test_a_chat_that_answers() -> None:
    seen = ChatFact().parse(said("chat", "converged"))
    assert seen == SeenChat(answers=True, version="0.12.4", sign_up=False, admins=1, users=("admin@lab.example",))


def test_of_a_chat_that_is_stopped_its_users_are_known_all_the_same() -> None:
    seen = ChatFact().parse(said("chat", "stopped"))
    assert (seen.answers, seen.version, seen.users) == (False, None, ("admin@lab.example",))


def test_users_that_nobody_could_read_are_not_none_at_all() -> None:
    seen = ChatFact().parse(said("chat", "no-database"))
    assert (seen.answers, seen.users, seen.admins) == (True, None, None)


def test_a_gateway_that_answers() -> None:
    seen = GatewayFact().parse(said("gateway", "converged"))
    assert (seen.answers, seen.version, seen.keys) == (True, "3.0.11-1+deb13u3", ("ann", "chat1"))
    assert seen.certificate.names == ("chat.lab.example", "api.lab.example")
    assert (seen.certificate.until, seen.certificate.fault) == ("2027-02-21T00:50:08Z", "")
    assert seen.backends[0] == SeenBackend(model="llama2:latest", host="llm1", up=True)


def test_a_host_that_is_away_is_down_for_each_of_its_models() -> None:
    seen = GatewayFact().parse(said("gateway", "a-host-away"))
    assert [(each.model, each.up) for each in seen.backends] == [("llama2:latest", False), ("smollm2:135m", False)]


def test_a_stopped_gateway_is_not_knocked_at_and_its_certificate_is_read_from_disk() -> None:
    seen = GatewayFact().parse(said("gateway", "stopped"))
    assert (seen.answers, seen.backends) == (False, ())
    assert seen.certificate.names == ("chat.lab.example", "api.lab.example")


def test_a_certificate_for_other_names_says_so() -> None:
    fault = GatewayFact().parse(said("gateway", "for-another-domain")).certificate.fault
    assert fault == "it is not for chat.other.example; it is not for api.other.example"


@pytest.mark.parametrize("fact", [ChatFact(), GatewayFact()], ids=lambda fact: fact.name)
def test_where_there_is_to_be_none_nothing_is_asked(fact) -> None:
    assert fact.question(Ask()) == "echo none"
    assert fact.parse("none\n") is None


def test_a_host_is_asked_for_what_it_is_to_be() -> None:
    asked = ask_of(host(firewall=WantedFirewall(), open_webui=CHAT, gateway=GATEWAY))
    assert asked.chat == AskChat("127.0.0.1", 8080, "/srv/it's the chat")
    assert asked.gateway == AskGateway("192.0.2.5", 8443, "example.org", 8405)
    assert {"open-webui-models.socket", "llamakeep-gateway.socket", "llamakeep-firewall.service"} <= set(asked.units)
    assert "ollama.service" not in asked.units
    assert asked.paths[:2] == ("/srv/it's the chat", "/opt/llamakeep/open_webui")


def test_a_host_without_a_part_is_asked_as_ever() -> None:
    assert ask_of(host()) == Ask(python="/usr/bin/python3")


def test_loopback_is_nearest_and_a_wildcard_is_there_too() -> None:
    assert nearest(["192.0.2.11", "[::]"]) == "::1"
    assert nearest(["192.0.2.11"]) == "192.0.2.11"


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_programs_are_python_3_9(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 9))


def test_the_question_runs_under_a_shell_whatever_the_paths_are(tmp_path: Path) -> None:
    (tmp_path / "systemctl").write_text("#!/bin/sh\necho ActiveState=inactive\n")
    (tmp_path / "systemctl").chmod(0o755)
    ask = Ask(python=sys.executable, chat=AskChat("127.0.0.1", 9, str(tmp_path / "it's none")))
    done = subprocess.run(
        ["sh"],
        input=ChatFact().question(ask),
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ChatFact().parse(done.stdout) == SeenChat(answers=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A database in which the newest rows stand in the log alone, as in one that is in use."""
    writer = sqlite3.connect(tmp_path / "webui.db")
    writer.execute("pragma journal_mode = wal")
    writer.execute("create table user (email, role)")
    writer.execute("pragma wal_checkpoint(truncate)")
    writer.execute("insert into user values ('ada@example.org', 'admin')")
    writer.commit()
    yield tmp_path
    writer.close()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the owner of the database")


def looks(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.iterdir()}


@needs_root
def test_users_are_read_from_the_log_too_and_no_file_is_touched(data: Path) -> None:
    before = looks(data)
    assert chat_program.users(str(data)) == [["ada@example.org", "admin"]]
    assert looks(data) == before


@needs_root
def test_a_log_without_its_index_is_left_alone(data: Path, tmp_path_factory) -> None:
    left = tmp_path_factory.mktemp("left")
    for name in ("webui.db", "webui.db-wal"):
        (left / name).write_bytes((data / name).read_bytes())
    before = looks(left)
    assert chat_program.users(str(left)) is None
    assert looks(left) == before


@needs_root
@pytest.mark.parametrize("text", [b"", b"this is no database" * 100])
def test_what_is_no_database_has_no_users(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "webui.db").write_bytes(text)
    assert chat_program.users(str(tmp_path)) is None


def test_a_key_whose_day_is_over_is_not_in_force(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "keys.map").write_text("aa ann\nbb ann\ncc bob\n")
    (tmp_path / "until.map").write_text("bb 2000\ncc 1000\n")
    monkeypatch.setattr(gateway_program, "FOLDER", tmp_path)
    assert gateway_program.keys(1500) == ["ann"]
    assert gateway_program.keys(500) == ["ann", "bob"]


def test_a_model_whose_name_haproxy_cannot_write_is_called_by_its_own(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "models.json").write_text(json.dumps({"data": [{"id": "hf.co/me/Mine:Q4"}]}))
    (tmp_path / "models.map").write_text("hf.co/me/mine:q4 hf.co.me.Mine:Q4\n")
    monkeypatch.setattr(gateway_program, "FOLDER", tmp_path)
    assert gateway_program.models() == {"hf.co.me.Mine:Q4": "hf.co/me/Mine:Q4"}


def test_an_expired_certificate_says_so() -> None:
    pem = (Path(__file__).parent.parent / "fixtures" / "gateway-certificate.pem").read_text()
    seen = gateway_program.read(ssl.PEM_cert_to_DER_cert(pem), "lab.example", 4_000_000_000)
    assert seen["fault"] == "it has expired"
    assert seen["names"] == ["chat.lab.example", "api.lab.example"]


def test_a_wildcard_covers_one_label() -> None:
    assert gateway_program.fits("chat.lab.example", "*.lab.example")
    assert not gateway_program.fits("a.chat.lab.example", "*.lab.example")
