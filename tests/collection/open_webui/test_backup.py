"""A chat is backed up while people use it, and restored, by the verbs that an operator types."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from llamakeep_lab import patience
from llamakeep_lab.machine import File

from . import people

pytestmark = pytest.mark.lab

FOLDER = "/var/backups/llamakeep/open-webui"


def llamakeep(chat, *words):
    """Return the exit code, what a verb printed, and what it said beside that."""
    hosts = yaml.safe_load((chat.folder / "hosts.yml").read_text())
    fleet = chat.folder / "fleet" / "hosts.yml"
    fleet.parent.mkdir(exist_ok=True)
    # An inventory of the verbs has hosts that serve models; nobody asks this one.
    fleet.write_text(yaml.safe_dump({**hosts, "llm_hosts": {"hosts": {"gpu01": {"ansible_host": "192.0.2.7"}}}}))
    command = [sys.executable, "-m", "llamakeep", words[0], "-i", str(fleet), *words[1:]]
    done = subprocess.run(
        command,
        cwd=chat.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patience.PLAYBOOK,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def lived_in(chat):
    # Other files' tests leave people of their own on this host, and backups.
    empty = f"rm -rf /var/lib/open-webui/* /var/lib/llamakeep/open_webui/* {FOLDER}/*"
    chat.sh(f"systemctl stop open-webui; {empty}; systemctl start open-webui")
    assert chat.converge().code == 0  # it shows the models again
    people.add(chat, "cleo", "dora")
    chat.sh("install -o open-webui -g open-webui -m 600 /etc/hostname /var/lib/open-webui/uploads/7f_notes.txt")
    return chat


@pytest.fixture(scope="module")
def brought(lived_in, tmp_path_factory):
    """A backup on this machine."""
    code, out, err = llamakeep(lived_in, "backup", "--json", "--to", str(tmp_path_factory.mktemp("backups")))
    assert code == 0, err
    return json.loads(out)["taken"][0]


def test_it_says_what_is_in_it_and_only_root_and_its_operator_can_read_it(lived_in, brought):
    assert brought["backup"]["users"] == len(people.everything(lived_in))
    assert lived_in.sh(f"stat -c '%U %a' {brought['path']} {FOLDER}").split() == ["root", "600", "root", "700"]
    assert subprocess.check_output(["stat", "-c", "%a", brought["brought"]], text=True).strip() == "600"
    names = subprocess.check_output(["tar", "-tzf", brought["brought"]], text=True).split()
    assert {"manifest.json", "data/webui.db", "data/uploads/7f_notes.txt", "keys/secret_key"} <= set(names)
    secret = lived_in.sh("cat /etc/llamakeep/open_webui/secret_key")
    assert secret not in lived_in.sh("journalctl --no-pager --output cat")


def test_the_timer_makes_one_too(lived_in):
    assert lived_in.sh("systemctl is-active open-webui-backup.timer") == "active"
    lived_in.sh("systemctl start open-webui-backup.service")
    assert lived_in.sh(f"ls {FOLDER} | grep -c schedule") == "1"
    said = lived_in.sh("systemd-analyze security --no-pager open-webui-backup.service | tail -1")
    assert float(said.split(":")[1].split()[0]) <= 2.5, said


def test_a_restore_brings_back_who_and_what_was_there_and_keeps_the_sessions(lived_in, brought):
    before = people.everything(lived_in)
    session = people.token(lived_in, "cleo")
    people.write(lived_in, "cleo", "written after the backup")
    lived_in.sh("rm /var/lib/open-webui/uploads/7f_notes.txt")
    since = people.everything(lived_in)
    code, out, err = llamakeep(lived_in, "restore", "--host", "chat", "--yes", brought["brought"])
    assert code == 0, err
    assert "next: llamakeep verify" in out
    assert people.everything(lived_in) == before
    assert lived_in.ask("/api/v1/chats/", token=session)[0] == 200
    assert lived_in.sh("stat -c '%U %a' /var/lib/open-webui/uploads/7f_notes.txt") == "open-webui 600"
    code, out, _ = llamakeep(lived_in, "restore", "--host", "chat", "--list", "--json")
    safety = next(found["name"] for found in json.loads(out)["backups"] if found["reason"] == "restore")
    assert llamakeep(lived_in, "restore", "--host", "chat", "--yes", safety)[0] == 0
    assert people.everything(lived_in) == since
    again = lived_in.converge()
    assert (again.code, again.changed) == (0, 0), again.text


def test_without_a_yes_nothing_is_touched(lived_in, brought):
    started = lived_in.sh("systemctl show -P ActiveEnterTimestamp open-webui")
    code, out, err = llamakeep(lived_in, "restore", "--host", "chat", brought["brought"])
    assert (code, out) == (2, "")
    assert "there is nobody to ask" in err
    assert "brings" in err
    assert lived_in.sh("systemctl show -P ActiveEnterTimestamp open-webui") == started


def test_a_broken_one_is_refused_while_the_chat_goes_on_serving(lived_in, brought, tmp_path):
    started = lived_in.sh("systemctl show -P ActiveEnterTimestamp open-webui")
    cut = tmp_path / "open-webui-cut.tar.gz"
    whole = Path(brought["brought"]).read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    code, _, err = llamakeep(lived_in, "restore", "--host", "chat", "--yes", str(cut))
    assert (code, "is broken" in err, "nothing was touched" in err) == (2, True, True), err
    assert lived_in.sh("systemctl show -P ActiveEnterTimestamp open-webui") == started
    assert lived_in.sh("ls -A /var/lib/open-webui | grep -c llamakeep || true") == "0"


def test_one_with_which_it_does_not_answer_is_taken_back(lived_in, brought):
    before = people.everything(lived_in)
    extra = "/etc/systemd/system/open-webui.service.d"
    # It does not come up while a restore is on trial.
    fails = "[Service]\nExecStartPre=+/bin/sh -c 'test ! -e /var/lib/llamakeep/open_webui/swapped'\n"
    lived_in.machine.put_all({f"{extra}/fails.conf": File(fails.encode())})
    lived_in.sh("systemctl daemon-reload")
    try:
        code, _, err = llamakeep(lived_in, "restore", "--host", "chat", "--yes", brought["brought"])
    finally:
        lived_in.sh(f"rm -r {extra}; systemctl daemon-reload")
    assert code == 1, err
    assert "the chat does not answer with it" in err
    assert "what was there before is back, and serves again" in err
    assert people.everything(lived_in) == before


def test_a_full_disk_is_said_before_anything_begins(lived_in):
    lived_in.sh(f"mount -t tmpfs -o size=60M none {FOLDER}")
    try:
        code, _, err = llamakeep(lived_in, "backup")
        made = lived_in.sh(f"ls {FOLDER}")
    finally:
        lived_in.sh(f"umount {FOLDER}")
    assert (code, made) == (2, ""), err


def test_another_host_is_refused_by_name(lived_in):
    code, _, err = llamakeep(lived_in, "restore", "--host", "nobody", "--list")
    assert code == 2
    assert "is no chat of this inventory" in err
