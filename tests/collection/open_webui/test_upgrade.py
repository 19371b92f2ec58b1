"""From an older version with users and chats to the newest, and back: nothing is lost, as the API itself says."""

import json

import pytest
import yaml

from llamakeep_lab.machine import File

from . import people

pytestmark = pytest.mark.lab

PROGRAM = "/usr/bin/python3 -IBS /opt/llamakeep/libexec/open-webui-backup"
EXTRA = "/usr/lib/systemd/system/open-webui.service.d"  # one below /etc would be moved aside
OLD = "0.11.4"
NEW = yaml.safe_load((people.ROOT / "roles/open_webui/defaults/main.yml").read_text())["open_webui_version"]
# With it the new version counts as one that does not answer, though it did, and has migrated the database.
NEVER = f"""[Service]
ExecStartPost=
ExecStartPost=/opt/llamakeep/libexec/answers 8080 /health 170
ExecStartPost=/bin/sh -c 'test "$$(readlink /opt/llamakeep/open_webui/current)" != {NEW}'
ExecStartPost=+/opt/llamakeep/libexec/open-webui-prepare --healthy
ExecStartPost=+-/opt/llamakeep/libexec/door-control release open-webui-web
"""


def set_version(chat, version):
    path = chat.folder / "hosts.yml"
    hosts = yaml.safe_load(path.read_text())
    hosts["chat_hosts"]["hosts"]["chat"]["open_webui_version"] = version
    path.write_text(yaml.safe_dump(hosts))
    return chat.converge()


def runs(chat):
    return people.got(chat, "/api/version", "")["version"]


def backups(chat):
    said = chat.sh(f"{PROGRAM} list")
    return json.loads(said)["backups"]


def test_a_disk_that_fills_while_another_version_comes_leaves_the_one_in_use_serving(chat):
    before = (chat.folder / "hosts.yml").read_text()
    chat.sh(f"rm -rf /opt/llamakeep/open_webui/{OLD}; mkdir -p /var/cache/llamakeep/venv")
    chat.sh("mount -t tmpfs -o size=16M none /var/cache/llamakeep/venv")
    try:
        done = set_version(chat, OLD)
    finally:
        chat.sh("umount /var/cache/llamakeep/venv")
        (chat.folder / "hosts.yml").write_text(before)
    assert done.code != 0
    assert "no space is left on its disk, or on that of /var/cache/llamakeep/venv" in done.text, done.text[-4000:]
    assert "the version in use still serves" in done.text
    assert runs(chat) == NEW


@pytest.fixture(scope="module")
def old(chat):
    """The older version, with people in it."""
    before = (chat.folder / "hosts.yml").read_text()
    chat.sh("systemctl stop open-webui; rm -rf /var/lib/open-webui/* /var/lib/llamakeep/open_webui/*")
    chat.sh("rm -rf /var/backups/llamakeep/open-webui/*")
    done = set_version(chat, OLD)
    assert done.code == 0, done.text[-4000:]
    assert runs(chat) == OLD
    people.add(chat, "ann", "bob")
    yield chat
    (chat.folder / "hosts.yml").write_text(before)
    assert chat.converge().code == 0


def test_a_new_version_that_does_not_answer_goes_back_by_itself(old):
    before = people.everything(old)
    assert len(before) == 3
    assert len(before["ann@example.org"][3]) == 2
    old.machine.put_all({f"{EXTRA}/never.conf": File(NEVER.encode())})
    old.sh("systemctl daemon-reload")
    try:
        done = set_version(old, NEW)
    finally:
        old.sh(f"rm -r {EXTRA}; systemctl daemon-reload")
    assert done.code != 0
    assert "open-webui.service: did not come up with what was applied" in done.text, done.text[-4000:]
    assert "what was there before is back, and serves again" in done.text
    assert (runs(old), people.everything(old)) == (OLD, before)
    assert [(found["reason"], found["version"], found["users"]) for found in backups(old)] == [("version", OLD, 3)]


def test_an_upgrade_keeps_everybody_and_every_word_and_so_does_the_way_back(old):
    assert set_version(old, OLD).code == 0  # also where the test before this one failed
    before = people.everything(old)
    done = set_version(old, NEW)
    assert done.code == 0, done.text[-4000:]
    assert (runs(old), people.everything(old)) == (NEW, before)
    people.write(old, "ann", "written with the new version")
    since = people.everything(old)
    assert since != before

    done = set_version(old, OLD)
    assert done.code == 0, done.text[-4000:]
    assert f"{OLD} cannot read what the newer version made of the database" in done.text
    assert (runs(old), people.everything(old)) == (OLD, before)
    kept = backups(old)[0]
    assert (kept["reason"], kept["version"], kept["chats"]) == ("version", NEW, 5)

    refused = old.sh(
        f"{PROGRAM} restore {kept['name']} 2>&1; echo $?",
        check=False,
    )
    assert f"is of Open WebUI {NEW}" in refused
    assert refused.endswith("2")
    assert (runs(old), people.everything(old)) == (OLD, before)

    assert set_version(old, NEW).code == 0
    old.sh(f"{PROGRAM} restore {kept['name']}")
    assert (runs(old), people.everything(old)) == (NEW, since)
