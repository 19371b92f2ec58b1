"""What else happens to a host: it was someone else's before, it boots, its service dies, it is opened on purpose."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hanging import hang
from llamakeep_lab import patience

from .conftest import WIPE, answers

pytestmark = pytest.mark.lab

UPSTREAM = r"""
useradd --system --home-dir /usr/share/ollama --create-home ollama
mkdir -p /usr/share/ollama/.ollama/models/blobs /etc/systemd/system/ollama.service.d
echo weights >/usr/share/ollama/.ollama/models/blobs/sha256-1234
chown -R ollama:ollama /usr/share/ollama
tar -xzf /root/ollama-0.34.1.tgz -C /usr/local bin VERSION
cat >/etc/systemd/system/ollama.service <<UNIT
[Service]
ExecStart=/usr/local/bin/ollama serve
User=ollama
Environment=OLLAMA_HOST=127.0.0.1:11434
[Install]
WantedBy=default.target
UNIT
printf '[Service]\nEnvironment=OLLAMA_HOST=0.0.0.0:11434\n' >/etc/systemd/system/ollama.service.d/override.conf
systemctl daemon-reload
systemctl enable --now ollama
"""


def test_an_upstream_install_is_adopted_and_nothing_of_it_is_lost(bare):
    bare.sh(WIPE, check=False)
    bare.sh(UPSTREAM)
    bare.plain = False
    done = bare.converge()
    assert done.code == 0, done.text
    assert bare.version() == "0.34.0"
    assert bare.drift() == {}
    assert bare.sh("cat /usr/share/ollama/.ollama/models/blobs/sha256-1234") == "weights"
    kept = bare.sh("cd /var/lib/llamakeep/replaced && find . -type f | sort").split()
    assert kept == [
        "./etc/systemd/system/ollama.service",
        "./etc/systemd/system/ollama.service.d/override.conf",
        "./usr/local/bin/ollama",
    ]
    assert bare.converge().changed == 0


def test_it_comes_back_from_a_boot_closed_to_strangers(subject):
    subject.machine.container.restart()
    subject.machine.wait()
    assert subject.drift() == {}
    assert subject.version() == "0.34.0"
    assert answers(subject.friend, subject.machine.address6)
    assert not answers(subject.stranger, subject.machine.address4, patience=3)


def test_no_door_opens_to_the_network_without_its_firewall(subject):
    subject.sh(
        "systemctl stop llamakeep-firewall ollama-api.socket ollama-api.service; mv /etc/llamakeep/firewall.nft /root/"
    )
    subject.sh("systemctl start ollama-api.socket", check=False)
    assert subject.sh("systemctl is-active ollama-api.socket", check=False) == "failed"
    assert subject.converge().code == 0
    assert subject.drift() == {}


def test_the_firewall_outlives_a_restart_of_debians_own(subject):
    for verb in ("start", "restart", "reload"):
        subject.sh(f"systemctl {verb} nftables; sleep 1")
        until = time.monotonic() + 10
        while (drift := subject.drift()) and time.monotonic() < until:
            time.sleep(0.5)
        assert drift == {}, verb
        assert answers(subject.friend, subject.machine.address4), verb
        assert not answers(subject.stranger, subject.machine.address4, patience=3), verb
    subject.sh("systemctl stop nftables")
    assert subject.drift()["firewall", "inet llamakeep"] == "gone"


def test_a_service_that_dies_is_back_and_those_who_ask_meanwhile_wait(subject):
    subject.sh("systemctl kill --signal KILL ollama")
    assert subject.version() == "0.34.0"


def test_a_service_that_hangs_is_named_and_restarted(subject):
    hang(subject.machine, "ollama.service")
    check = subject.converge("--check", "--diff")
    assert check.changed, check.text
    assert "active, and does not answer GET /api/version at 127.0.0.1 port 11434" in check.text
    done = subject.converge()
    assert (done.code, done.changed > 0) == (0, True), done.text
    assert answers(subject.machine, "127.0.0.1")
    assert subject.converge().changed == 0


def test_a_program_that_somebody_changed_runs_no_longer_once_it_was_put_right(subject):
    pid = subject.sh("systemctl show -P MainPID ollama")
    subject.sh("echo '# changed' >>/opt/llamakeep/ollama/current/bin/ollama")
    done = subject.converge("--diff")
    assert done.code == 0, done.text
    assert subject.sh("systemctl show -P MainPID ollama") != pid
    assert subject.drift() == {}
    assert subject.converge().changed == 0


def test_open_is_a_named_choice_and_goes_back(subject):
    assert subject.converge(ollama_network="open").code == 0
    assert subject.version() == "0.34.0"
    assert "eth0" in subject.sh("cat /proc/$(systemctl show -P MainPID ollama)/net/dev")
    assert subject.drift() == {}
    assert not answers(subject.stranger, subject.machine.address4, patience=3)
    subject.sh("systemctl restart ollama")
    assert subject.version() == "0.34.0"
    assert subject.converge(ollama_version="broken-0.34.2").code != 0
    assert subject.version() == "0.34.0", "still open, and still serving"
    assert subject.converge().code == 0
    assert "eth0" not in subject.sh("cat /proc/$(systemctl show -P MainPID ollama)/net/dev")
    assert subject.version() == "0.34.0"


def test_an_open_one_on_a_bare_host_has_its_door_and_after_a_boot_too(bare):
    bare.sh(WIPE, check=False)
    bare.plain = False
    done = bare.converge(ollama_network="open")
    assert done.code == 0, done.text
    bare.machine.container.restart()
    bare.machine.wait()
    assert bare.version() == "0.34.0"
    assert bare.drift() == {}
    assert "door-control" not in bare.sh("journalctl -b -u ollama -u ollama-api -o cat | grep -i error", check=False)


def managed(subject, table, *words):
    """Apply a table of its own, as a role named `drill`."""
    done = subprocess.run(
        [
            Path(sys.executable).parent / "ansible",
            "-i",
            subject.folder,
            "subject",
            "--one-line",
            "-m",
            "llamakeep.fleet.managed",
            "-a",
            json.dumps({"role": "drill", "table": table}),
            *words,
        ],
        capture_output=True,
        text=True,
        timeout=patience.COMMAND,
        check=False,
    )
    return done.stdout


SLEEPER = "[Service]\nExecStart=sleep infinity\n[Install]\nWantedBy=multi-user.target\n"
DRILL = {
    "folders": [{"path": "/srv/drill"}, {"path": "/srv/drill/full"}],
    "files": [
        {"path": "/etc/systemd/system/drill.service", "content": SLEEPER, "restarts": "drill.service"},
        {"path": "/srv/drill/edited", "content": "ours\n"},
        {"path": "/srv/drill/plain", "content": "ours\n", "mode": "0600"},
    ],
    "links": [{"path": "/srv/drill/link", "to": "plain"}],
    "units": [{"name": "drill.service", "state": "started", "enabled": True}],
}


def test_what_a_table_no_longer_lists_is_taken_away_but_never_what_someone_edited(subject):
    assert "CHANGED" in managed(subject, DRILL)
    assert "CHANGED" not in managed(subject, DRILL)
    subject.sh("systemctl is-active drill; echo theirs >/srv/drill/edited; echo theirs >/srv/drill/full/theirs")
    said = managed(subject, {"files": [{"path": "/srv/drill/new", "content": "new\n"}]})
    assert "CHANGED" in said
    assert '"kept": ["/srv/drill/edited"]' in said
    left = subject.sh("cd /srv/drill && find . | sort").split()
    assert left == [".", "./edited", "./full", "./full/theirs", "./new"]
    assert subject.sh("systemctl is-active drill; ls /etc/systemd/system/drill.service", check=False) == "inactive"
    assert subject.drift() == {}
    managed(subject, {})
    subject.sh("rm -r /srv/drill")


def test_a_file_that_is_not_valid_stops_everything_before_anything_is_written(subject):
    table = {
        "files": [
            {"path": "/srv/good", "content": "x\n"},
            {"path": "/srv/bad.nft", "content": "no rules\n", "validate": "nft --check --file %s"},
        ]
    }
    said = managed(subject, table)
    assert "/srv/bad.nft: `nft --check --file %s` does not accept what would be written" in said
    assert subject.sh("ls /srv/good /srv/bad.nft", check=False) == ""


def test_a_folder_in_the_place_of_a_file_is_refused(subject):
    said = managed(subject, {"files": [{"path": "/srv", "content": "x"}]})
    assert "/srv: a folder stands where a file belongs" in said


def test_a_first_install_that_does_not_come_up_leaves_nothing_of_it(subject):
    broken = {**DRILL, "files": [{**DRILL["files"][0], "content": "[Service]\nExecStart=/bin/false\nType=oneshot\n"}]}
    said = managed(subject, {**broken, "folders": [], "links": []})
    assert "drill.service: did not come up with what was applied" in said
    assert subject.sh("ls /etc/systemd/system/drill.service", check=False) == ""
    assert subject.drift() == {}


def test_a_firewall_that_somebody_stops_opens_nothing(subject):
    subject.sh("systemctl start nftables llamakeep-firewall")
    subject.sh("systemctl stop llamakeep-firewall")
    try:
        for address in (subject.machine.address4, subject.machine.address6):
            assert answers(subject.friend, address)
            assert not answers(subject.stranger, address, patience=3)
        assert answers(subject.machine, subject.machine.address4), "a host reaches itself by its own address"
    finally:
        subject.sh("systemctl start llamakeep-firewall")


def test_a_new_client_comes_in_by_a_reload(subject):
    before = subject.sh("systemctl show -p MainPID --value ollama-api.service")
    allowlist = "/etc/llamakeep/doors/ollama-api"
    subject.sh(f"systemctl stop llamakeep-firewall; cp {allowlist} /root/allowlist; : > {allowlist}")
    subject.sh("systemctl reload ollama-api")
    assert not answers(subject.friend, subject.machine.address4, patience=3)
    subject.sh(f"cat /root/allowlist > {allowlist}; systemctl start llamakeep-firewall; systemctl reload ollama-api")
    assert answers(subject.friend, subject.machine.address4)
    assert subject.sh("systemctl show -p MainPID --value ollama-api.service") == before
