"""The way to a host: whatever its login prints, whoever asks for a password, what was asked is what is answered."""

import io
import re
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from fake_host import ASKING, REQUIRETTY, SU, SUDO, Scene
from llamakeep.hosts import way
from llamakeep.hosts.connection import Connection
from llamakeep.hosts.conversation import BecomeError, Conversation, Start, UnreachableError
from llamakeep.hosts.pool import pool
from llamakeep.hosts.way import Way

LIMIT = 20  # seconds
WORDS = "open sesame"


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path)


def test_what_is_asked_is_answered_with_its_status(scene):
    assert scene.way().run("echo here; exit 3", LIMIT)[:2] == (3, b"here\n")


@pytest.mark.parametrize("login", ["echo Welcome; printf 'no newline'", "printf '\\033[31mred\\n'; echo oops >&2"])
def test_what_a_login_prints_is_no_answer(scene, login):
    scene.ssh(login)
    assert scene.way().run("echo here", LIMIT).out == b"here\n"


def test_a_login_that_repeats_what_it_was_given_does_not_count_as_in(scene):
    scene.ssh('echo "running: $last"')
    assert scene.way().run("echo here", LIMIT).out == b"here\n"


def test_a_login_that_ends_by_itself_is_told_in_its_own_words(scene):
    scene.ssh("echo 'This account is for backups alone.'; exit 0")
    with pytest.raises(UnreachableError, match=r"^This account is for backups alone\.$"):
        scene.way().run("echo here", LIMIT)


def test_a_login_that_is_refused_by_its_shell_is_not_blamed_on_sudo(scene):
    scene.program("sudo", SUDO)
    scene.ssh("echo 'Only for the staff of Example.' >&2; echo 'This account is currently not available.'; exit 1")
    with pytest.raises(UnreachableError):
        scene.way().run("echo here", LIMIT)


def test_a_login_that_prints_without_end_is_given_up_and_not_kept(scene, monkeypatch):
    monkeypatch.setattr(way, "_LOGIN", -8.0)  # seconds beside the ten of ssh
    scene.ssh("exec yes", runs=":")
    began = time.monotonic()
    with pytest.raises(UnreachableError, match=r"no login within 2 s"):
        scene.way().run("echo here", LIMIT)
    assert time.monotonic() - began < 6


def test_a_script_that_complains_without_end_is_given_up(scene):
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        scene.way().run("yes >&2", 1)
    assert time.monotonic() - began < 6


def test_what_ssh_says_of_its_end_is_told(scene):
    end = "echo 'Timeout, server gpu01 not responding.' >&2"
    scene.ssh(f"(sleep 0.3; {end}; kill -9 $$) &", runs="/bin/sh")
    with pytest.raises(UnreachableError, match="it stopped answering"):
        scene.way().run("echo half; sleep 5 >/dev/null 2>&1", LIMIT)


def test_what_ansibles_plugin_cannot_do_is_told_like_the_rest(scene, monkeypatch):
    monkeypatch.setenv("PATH", str(scene.folder))
    told = scene.connection(ansible_ssh_password_mechanism="sshpass")  # noqa: S106 - a way, and no password
    told = told.model_copy(update={"secrets": {"ansible_password": SecretStr(WORDS)}})
    with pytest.raises(UnreachableError, match="you must install the sshpass program"):
        Way(told).run("echo here", LIMIT)


def test_a_password_does_not_lie_about_where_there_is_no_ssh(scene):
    before = set(Path("/dev/shm").iterdir())
    told = scene.connection().model_copy(update={"secrets": {"ansible_password": SecretStr(WORDS)}})
    (scene.folder / "ssh").unlink()
    with pytest.raises(UnreachableError, match="No such file"):
        Way(told).run("echo here", LIMIT)
    assert set(Path("/dev/shm").iterdir()) - before == set()


def test_who_is_interrupted_leaves_no_ssh_behind(scene):
    def interrupted() -> None:
        with pool(2) as threads:
            asked.extend(threads.submit(scene.way().run, "sleep 30", 40) for _ in range(4))
            while not any("-T" in line for line in scene.called_so_far):
                time.sleep(0.05)
            raise KeyboardInterrupt

    asked: list[Any] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    began = time.monotonic()
    assert [one.cancelled() or one.exception(20) is not None for one in asked] == [True] * 4
    assert time.monotonic() - began < 15


def test_what_ssh_refuses_is_told_as_a_person_would(scene):
    scene.ssh("echo 'ssh: connect to host 192.0.2.7 port 22: Connection refused' >&2; exit 255")
    with pytest.raises(UnreachableError, match=r"nothing answers at 192.0.2.7 port 22 \(Connection refused\)"):
        scene.way().run("echo here", LIMIT)


def test_a_script_reads_nothing_and_nothing_of_it_is_eaten(scene):
    assert scene.way().run("cat; read -r line; echo over", LIMIT).out == b"over\n"


def test_much_is_said_both_ways_at_once(scene):
    loud = "\n".join(["head -c 100000 /dev/zero | tr '\\000' x; echo"] * 40 + [f": {'y' * 2000}"] * 200)
    assert len(scene.way().run(loud, LIMIT).out) == 40 * 100_001


def test_an_answer_that_breaks_off_is_none(scene):
    scene.ssh("(sleep 0.3; kill -9 $$) >/dev/null 2>&1 &", runs="/bin/sh")
    with pytest.raises(UnreachableError, match="broke off before the host had answered"):
        scene.way().run("echo half; sleep 5", LIMIT)


def test_who_hangs_is_waited_for_no_longer_than_was_said(scene):
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        scene.way().run("echo half; sleep 20", 0.5)
    assert time.monotonic() - began < 5


def test_a_login_that_hangs_is_told(scene, monkeypatch):
    monkeypatch.setattr(way, "_LOGIN", -9.5)  # seconds beside the ten of ssh
    scene.ssh("exec sleep 20")
    with pytest.raises(UnreachableError, match=r"no login within 0\.5 s"):
        scene.way().run("echo here", LIMIT)


def test_sudo_without_a_password_takes_nothing_from_the_script(scene):
    scene.program("sudo", SUDO)
    one = scene.way()
    assert (one.becomes, one.run("cat; echo here", LIMIT).out) == ("sudo", b"here\n")


def test_a_password_goes_to_who_asks_and_stands_in_no_command_line(scene):
    scene.program("sudo", ASKING)
    assert scene.way(secret=WORDS).run("cat; echo here", LIMIT).out == b"here\n"
    assert "sesame" not in "".join(scene.called)


def test_a_password_is_not_read_by_the_script_where_nobody_asks(scene):
    scene.program("sudo", SUDO)
    assert scene.way(secret=WORDS).run("cat; echo here", LIMIT).out == b"here\n"


@pytest.mark.parametrize(("secret", "said"), [("", "asks for a password"), ("wrong", "refuses the password")])
def test_a_password_that_is_missing_or_wrong_is_told(scene, secret, said):
    scene.program("sudo", ASKING)
    with pytest.raises(BecomeError, match=f"^sudo {said}$"):
        scene.way(secret=secret).run("echo here", LIMIT)


def test_su_asks_in_its_own_language_and_gets_no_script_to_eat(scene):
    scene.program("su", SU)
    one = scene.way(method="su", secret=WORDS)
    assert one.run("cat; echo here", LIMIT).out == b"here\n"
    assert " -tt " in scene.called[-1]
    with pytest.raises(BecomeError, match=r"Authentication failure|refuses the password"):
        scene.way(method="su", secret=f"not {WORDS}").run("echo here", LIMIT)
    with pytest.raises(BecomeError, match=r"^su asks for a password$"):
        scene.way(method="su").run("echo here", LIMIT)


def test_sudo_that_insists_on_a_terminal_gets_one(scene):
    scene.program("sudo", REQUIRETTY.format(folder=scene.folder))
    one = scene.way()
    assert one.run("cat; echo here", LIMIT).out == b"here\n"
    assert one.needs_tty


def test_what_nobody_knows_of_becoming_root_is_told_in_the_hosts_own_words(scene):
    scene.program("sudo", "#!/bin/sh\necho 'ops is not in the sudoers file.' >&2; exit 1\n")
    with pytest.raises(BecomeError, match=r"^ops is not in the sudoers file\.$"):
        scene.way().run("echo here", LIMIT)


def test_who_is_root_already_becomes_nobody(scene):
    scene.program("sudo", "#!/bin/sh\nexit 1\n")
    one = scene.way(user="root")
    assert (one.becomes, one.run("echo here", LIMIT).out) == ("", b"here\n")


def test_a_method_of_which_ansible_has_no_plugin_is_told(scene):
    scene.program("levitate", SUDO)
    with pytest.raises(BecomeError, match="no become plugin levitate"):
        scene.way(method="levitate").run("echo here", LIMIT)


def test_a_kept_connection_that_has_died_is_made_anew(scene):
    scene.ssh(
        f"[ -e {scene.folder}/died ] || {{ touch {scene.folder}/died; "
        "echo 'mux_client_request_session: read from master failed: Broken pipe' >&2; exit 255; }"
    )
    assert scene.way().run("echo here", LIMIT).out == b"here\n"


@pytest.mark.parametrize(("said", "calls"), [("Connection reset by peer", 3), ("Permission denied (publickey).", 1)])
def test_as_many_attempts_as_ansible_was_told_and_none_that_locks_out(scene, said, calls):
    scene.ssh(f"echo '{said}' >&2; exit 255")
    with pytest.raises(UnreachableError):
        scene.way(ansible_ssh_retries=2).run("echo here", LIMIT)
    assert len([line for line in scene.called if " -T " in line]) == calls


def test_where_there_is_no_ssh_it_is_told(scene):
    (scene.folder / "ssh").unlink()
    with pytest.raises(UnreachableError, match="No such file"):
        scene.way().run("echo here", LIMIT)


def test_ssh_is_called_as_ansible_calls_it(scene, monkeypatch):
    monkeypatch.delenv("ANSIBLE_SSH_ARGS", raising=False)
    given = {"ansible_port": 2222, "ansible_ssh_common_args": "-J jump.example -F ./ssh.cfg"}
    scene.way(**given).run("echo here", LIMIT)
    line = scene.called[-1]
    for words in (
        "-o Port=2222",
        '-o User="ops"',
        "-J jump.example",
        "-F ./ssh.cfg",
        "-o ControlPersist=",
        "192.0.2.7",
    ):
        assert words in line
    assert "StrictHostKeyChecking" not in line


@pytest.mark.parametrize(("said", "ours"), [("0", True), ("30", False)])
def test_no_option_of_the_operators_configuration_is_set(scene, said, ours):
    scene.ssh("", config=f"echo serveraliveinterval {said};")
    scene.way().run("echo here", LIMIT)
    assert ("ServerAliveInterval=15" in scene.called[-1]) is ours


def test_a_connection_that_is_not_kept_is_not_shared_either(scene):
    Way(scene.connection(), keep=False).run("echo here", LIMIT)
    line = scene.called[-1]
    assert line.index("ControlPath=none") < line.index("ControlPersist")


def test_the_name_that_only_ssh_knows_is_asked_of_ssh(scene):
    scene.ssh("", config="echo hostname 192.0.2.77;")
    assert scene.way().hostname == "192.0.2.77"


def test_a_password_of_ssh_stands_in_no_command_line(scene):
    told = scene.connection().model_copy(update={"secrets": {"ansible_password": SecretStr("open sesame")}})
    scene.ssh(f'echo "$SSH_ASKPASS_REQUIRE $SSH_ASKPASS" > {scene.folder}/env')
    assert Way(told).run("echo here", LIMIT).out == b"here\n"
    assert "sesame" not in "".join(scene.called)
    assert re.search(r"force .*ansible", (scene.folder / "env").read_text())


def test_without_a_password_no_window_asks_for_one(scene):
    scene.ssh(f'echo "$SSH_ASKPASS_REQUIRE" > {scene.folder}/env')
    scene.way().run("echo here", LIMIT)
    assert (scene.folder / "env").read_text() == "never\n"


def test_this_machine_is_reached_without_ssh():
    here = Way(Connection(kind="local", address="localhost", become=False))
    assert (here.hostname, here.run("echo here", LIMIT).out) == ("localhost", b"here\n")


def test_a_program_reads_as_much_as_it_is_given_and_is_heard_piece_by_piece(scene):
    given = bytes(range(256)) * 8192
    with scene.way().open("exec cat") as line:
        line.say(io.BytesIO(given))
        said = bytearray()
        while piece := line.piece(time.monotonic() + LIMIT):
            said += piece
        assert (bytes(said), line.wait(5)) == (given, 0)


def test_what_a_process_started_ends_with_it(tmp_path):
    gone = tmp_path / "gone"
    command = ["/bin/sh", "-c", f"trap 'echo gone > {gone}; exit' TERM; sleep 30 & echo in; wait"]
    with Conversation(Start(command, b"in", options={"start_new_session": True})) as line:
        line.enter(time.monotonic() + 5)
    assert gone.read_text() == "gone\n"
