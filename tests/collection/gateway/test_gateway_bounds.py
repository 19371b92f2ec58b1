"""What silent crowds and long bodies may take of a gateway."""

import time

import pytest

import hosts
from llamakeep_lab.machine import File

pytestmark = pytest.mark.lab
NETWORK = "2001:db8:77::"
CROWD = hosts.ROOT / "tests" / "crowd.py"
# Seconds for 9,000 connections on a busy machine: those that nobody takes wait 0.2 s each.
PATIENCE = 600


def test_systemd_knows_what_each_process_may_take(gateway):
    show = "systemctl show -P MemoryMax llamakeep-gateway llamakeep-gateway-reader | grep ."
    # 8192 connections of two buffers of 64 KiB and 64 KiB of TLS, and 512 MiB; 64 bodies, three times, and 256 MiB.
    assert list(map(int, gateway.sh(show).split())) == [2**31, 3 * 64 * (262144 + 65536) + 2**28]


@pytest.mark.parametrize("who", ["one /64 of IPv6", "a local user"])
def test_a_crowd_of_many_addresses_takes_the_share_of_one(gateway, who):
    """Without it 9,000 silent connections took every place for ten seconds."""
    local = who == "a local user"
    machine = gateway.machine if local else gateway.hosts["llm-b"]
    machine.put_all({"/tmp/crowd.py": File(CROWD.read_bytes())})
    add = f"for n in $(seq 2 101); do ip -6 addr add {NETWORK}$n/64 dev eth0 nodad; done; "
    to, mine, user = ("127.0.0.1", "127.0.0.", "nobody") if local else (f"{NETWORK}1", NETWORK, "root")
    try:
        if not local:
            gateway.sh(f"ip -6 addr add {NETWORK}1/64 dev eth0 nodad")
            assert gateway.converge(gateway_addresses=["127.0.0.1", gateway.machine.address4, to]).code == 0
            machine.exec(["bash", "-c", add])
        crowd = f"setpriv --reuid={user} --clear-groups --regid=nogroup python3 /tmp/crowd.py {to} 443 9000 {mine}"
        machine.exec(
            [
                "systemd-run",
                "--collect",
                "--unit",
                "crowd",
                "-p",
                "LimitNOFILE=16384",
                "bash",
                "-c",
                f"{crowd} >/tmp/standing",
            ]
        )
        gives_up = time.monotonic() + PATIENCE
        while machine.exec(["systemctl", "is-active", "crowd"], check=False).stdout.strip() == "active":
            began = time.monotonic()
            assert began < gives_up, "the crowd is still at it"
            assert gateway.ask("/api/tags").status == 200
            assert time.monotonic() - began < 5
            time.sleep(0.3)
        assert 900 < int(machine.exec(["cat", "/tmp/standing"]).stdout) <= 1024
    finally:
        for each in (machine, gateway.machine):
            each.exec(
                ["bash", "-c", f"ip -6 addr show dev eth0 | grep -o '{NETWORK}[^ ]*' | xargs -rn1 ip addr del dev eth0"]
            )
    assert gateway.converge().code == 0
