"""The roles on a bare host, on a converged one, and on one that someone changed by hand."""

import pytest

from llamakeep_lab.machine import NAMES_AGAIN

from .conftest import WIPE, answers

pytestmark = pytest.mark.lab


def test_a_check_of_a_bare_host_says_all_and_does_nothing(bare):
    bare.sh(WIPE, check=False)
    bare.plain = False
    done = bare.converge("--check", "--diff")
    assert done.code == 0, done.text
    assert "/etc/systemd/system/ollama.service" in done.text
    assert bare.sh("ls /var/lib/llamakeep /opt/llamakeep /etc/systemd/system/ollama.service", check=False) == ""


def test_a_second_run_changes_nothing_and_leaves_the_receipt_byte_for_byte(subject):
    before = subject.sh("stat -c %i /var/lib/llamakeep/receipt.json; sha256sum /var/lib/llamakeep/receipt.json")
    again, check = subject.converge(), subject.converge("--check", "--diff")
    assert (again.changed, check.changed) == (0, 0), again.text + check.text
    after = subject.sh("stat -c %i /var/lib/llamakeep/receipt.json; sha256sum /var/lib/llamakeep/receipt.json")
    assert after == before
    assert subject.look()["receipt"]["complete"]
    assert subject.drift() == {}


def test_the_service_sees_loopback_and_nothing_else(subject):
    assert subject.version() == "0.34.0"
    for unit in ("ollama.service", "ollama-api.service"):
        seen = subject.sh(f"tail -n +3 /proc/$(systemctl show -P MainPID {unit})/net/dev | cut -d: -f1")
        assert seen.split() == ["lo"], unit
    environment = subject.sh("tr '\\0' '\\n' </proc/$(systemctl show -P MainPID ollama)/environ")
    assert "OLLAMA_NO_CLOUD=1" in environment
    assert "OLLAMA_CONTEXT_LENGTH=8192" in environment


def test_what_it_may_take_is_a_share_of_the_host_and_a_model_that_does_not_fit_ends_alone(subject):
    bound, policy = (subject.sh(f"systemctl show -P {name} ollama") for name in ("MemoryMax", "OOMPolicy"))
    installed = int(subject.sh("awk '/^MemTotal/ {print $2}' /proc/meminfo")) * 1024
    assert (round(int(bound) / installed, 3), policy) == (0.95, "continue")


def test_its_units_are_hardened_and_the_accelerators_are_in_sight(subject):
    for unit in ("ollama.service", "ollama-api.service"):
        said = subject.sh(f"systemd-analyze security --no-pager {unit} | tail -1")
        assert float(said.split(":")[1].split()[0]) <= 1.5, said
    devices = subject.sh("systemctl show -P DeviceAllow ollama.service")
    assert "char-nvidia*" in devices
    assert subject.sh("systemctl show -P PrivateDevices ollama.service") == "no"


def test_a_friend_gets_in_and_a_stranger_does_not(subject):
    for address in (subject.machine.address4, subject.machine.address6):
        assert answers(subject.friend, address), address
        assert not answers(subject.stranger, address, patience=3), address
        assert answers(subject.machine, address), address


def test_dockers_way_past_the_filters_is_closed_too(subject):
    subject.sh(
        "nft add table ip test && nft 'add chain ip test nat { type nat hook prerouting priority dstnat; }' "
        "&& nft add rule ip test nat tcp dport 11434 redirect to :9999 "
        "&& systemd-run --collect --unit redirected python3 -m http.server 9999 && sleep 1"
    )
    try:
        assert not answers(subject.stranger, subject.machine.address4, patience=3)
    finally:
        subject.sh("nft delete table ip test; systemctl stop redirected")


def test_ssh_and_other_ports_are_not_touched(subject):
    asked = ["bash", "-c", f"read -r -t 5 line </dev/tcp/{subject.machine.address4}/22 && echo $line"]
    assert subject.stranger.exec(asked).stdout.startswith("SSH-")


# What a person did by hand, and the thing that must be named for it.
ACTS = {
    (
        "file",
        "/etc/systemd/system/ollama.service",
    ): "sed -i s/RestartSec=2/RestartSec=9/ /etc/systemd/system/ollama.service",
    ("file", "/etc/llamakeep/firewall.nft"): "chmod 666 /etc/llamakeep/firewall.nft",
    ("file", "/opt/llamakeep/libexec/answers"): "rm /opt/llamakeep/libexec/answers",
    ("link", "/usr/local/bin/ollama"): "ln -sfn /bin/true /usr/local/bin/ollama",
    ("folder", "/usr/share/ollama/.ollama"): "chown root /usr/share/ollama/.ollama",
    ("firewall", "inet llamakeep"): f"nft flush ruleset; {NAMES_AGAIN}",
    ("unit", "ollama.service"): "systemctl stop ollama",
    ("unit", "ollama-api.socket"): "systemctl stop ollama-api.socket",
    ("unit", "llamakeep-firewall.service"): "systemctl disable llamakeep-firewall",
}


def test_what_systemd_has_not_read_is_put_right_in_one_run(subject):
    """A file that was only touched, and a drop-in beside it: no content of ours differs."""
    subject.sh(
        "touch /etc/systemd/system/ollama.service; mkdir -p /etc/systemd/system/ollama-api.socket.d;"
        " printf '[Socket]\\nBacklog=7\\n' > /etc/systemd/system/ollama-api.socket.d/odd.conf"
    )
    assert {name for _, name in subject.drift()} >= {"ollama.service", "ollama-api.socket"}
    assert subject.converge("--check", "--diff").changed >= 1
    assert subject.converge().code == 0
    assert subject.drift() == {}
    assert subject.sh("ls /etc/systemd/system/ollama-api.socket.d", check=False) in ("", "odd.conf.llamakeep")
    assert subject.converge().changed == 0


def test_whatever_someone_changed_is_named_and_put_right(subject):
    for script in ACTS.values():
        subject.sh(script)
    assert set(subject.drift()) >= set(ACTS)
    assert subject.converge("--check", "--diff").changed >= 2
    assert set(subject.drift()) >= set(ACTS), "a check changed something"
    mended = subject.converge()
    assert mended.code == 0, mended.text
    assert subject.drift() == {}
    assert subject.version() == "0.34.0"


def test_a_rule_and_a_drop_in_of_someone_else_are_named_and_put_right(subject):
    subject.sh(
        "nft insert rule inet llamakeep doors accept; "
        "mkdir -p /etc/systemd/system/ollama.service.d && cd /etc/systemd/system/ollama.service.d && "
        "printf '[Service]\\nEnvironment=OLLAMA_HOST=0.0.0.0\\n' >local.conf && systemctl daemon-reload"
    )
    assert subject.drift() == {
        ("firewall", "inet llamakeep"): "its rules were changed",
        ("unit", "ollama.service"): "/etc/systemd/system/ollama.service.d/local.conf overrides it",
    }
    assert subject.converge().code == 0
    assert subject.drift() == {}
    kept = "/var/lib/llamakeep/replaced/etc/systemd/system/ollama.service.d/local.conf"
    assert "OLLAMA_HOST=0.0.0.0" in subject.sh(f"cat {kept}")


def test_a_service_that_cannot_be_sealed_does_not_start(subject):
    subject.sh(
        "mkdir -p /run/systemd/system/ollama.service.d && "
        "printf '[Service]\\nPrivateNetwork=no\\n' >/run/systemd/system/ollama.service.d/open.conf && "
        "systemctl daemon-reload; systemctl stop ollama-api.service; systemctl restart ollama",
        check=False,
    )
    assert subject.sh("systemctl is-active ollama", check=False) != "active"
    assert "not sealed, and therefore not started" in subject.sh(
        "journalctl --sync; journalctl -u ollama -n 50 --no-pager"
    )
    assert subject.converge().code == 0
    assert subject.drift() == {}


def test_a_store_that_its_user_cannot_reach_is_refused_by_the_folder_in_the_way(subject):
    subject.sh("mkdir -p -m 700 /srv/models")
    done = subject.converge(ollama_store="/srv/models/of/ollama")
    assert done.code != 0
    assert "/srv/models/of/ollama: user ollama cannot get there: /srv/models does not let him through" in done.text
    assert subject.version() == "0.34.0"


def test_a_store_elsewhere_is_made_and_may_be_written(subject):
    subject.sh("rm -rf /srv/models")
    assert subject.converge(ollama_store="/srv/models").code == 0
    assert subject.sh("systemctl show -P ReadWritePaths ollama") == "/usr/share/ollama /srv/models"
    assert subject.sh("stat -c %U /srv/models") == "ollama"


REFUSED = {
    "OLLAMA_HOST": "0.0.0.0",
    "OLLAMA_ORIGINS": "*",
    "OLLAMA_NO_CLOUD": "0",
    "OLLAMA_DEBUG_LOG_REQUESTS": "1",
    "OLLAMA_MODELS": "/srv",
}


def test_variables_that_would_open_the_service_are_refused_by_name(subject):
    done = subject.converge("--check", ollama_environment={**REFUSED, "OLLAMA_FLASH_ATTENTION": "1"})
    assert done.code != 0
    for name in REFUSED:
        assert f"ollama_environment: {name} " in done.text
    assert "OLLAMA_FLASH_ATTENTION" not in done.text


def test_what_no_unit_file_can_carry_is_refused(subject):
    done = subject.converge("--check", ollama_environment={"BAD NAME": "x", "LIST": [1], "LINES": "a\nb"})
    assert "ollama_environment: BAD NAME, LIST, LINES: neither a name nor a value" in done.text


def test_odd_values_arrive_as_they_are_written(subject):
    odd = 'a "quoted" \\ 100% $HOME'
    assert subject.converge(ollama_environment={"OLLAMA_ODD": odd}).code == 0
    assert f"OLLAMA_ODD={odd}" in subject.sh("tr '\\0' '\\n' </proc/$(systemctl show -P MainPID ollama)/environ")


def test_a_group_of_unknown_hosts_is_refused_by_host_and_variable(subject):
    done = subject.converge("--check", ollama_api_groups=["untrusted"])
    assert done.code != 0
    assert "ollama_api_groups: the inventory has no group untrusted" in done.text
