"""Installed, started, logged in and chatted with: not one packet went anywhere but to another host of the lab."""

import time

import pytest

from llamakeep_lab import front

pytestmark = pytest.mark.lab

SEALED = {"llm1": "ollama.service", "llm2": "ollama.service", "chat1": "open-webui.service"}
NOWHERE = "192.0.2.1"


@pytest.mark.parametrize("name", SEALED)
def test_a_sealed_service_sees_loopback_and_nothing_else(fleet, name):
    host = fleet.host(name)
    lines: list[str] = []
    for _ in range(20):  # of a process that ends just now, as when its service restarts, nothing can be read
        pid = host.exec(["systemctl", "show", "-P", "MainPID", SEALED[name]]).stdout.strip()
        lines = host.exec(["cat", f"/proc/{pid}/net/dev"], check=False).stdout.splitlines()[2:]
        if lines:
            break
        time.sleep(1)
    assert [line.partition(":")[0].strip() for line in lines] == ["lo"]


def test_nothing_left_the_lab(fleet, wire, someone):
    someone.log_in(front.ADMIN, front.password(fleet.inventory))
    assert "Paris" in someone.ask("What is the capital of France?")
    _send_one_away(fleet)
    wire.stop()
    for host, packets in wire.heard("all").items():
        assert packets, f"nothing was heard on {host}: the listener is deaf"
    left = wire.heard("leaving")
    # The packet that was sent on purpose, from the outsider towards registry1, shows that one would be seen.
    own = [line for line in left.pop("outsider") if f"> {NOWHERE}" not in line]
    assert own == []
    left["registry1"] = [line for line in left["registry1"] if f"> {NOWHERE}" not in line]
    assert {host: packets for host, packets in left.items() if packets} == {}


def _send_one_away(fleet):
    """Send a packet to an address outside, and to registry1's door on the wire: it goes no further than that."""
    outsider, mirror = fleet.host("outsider"), fleet.host("registry1")
    mac = mirror.exec(["cat", "/sys/class/net/eth0/address"]).stdout.strip()
    outsider.exec(["ip", "route", "replace", f"{NOWHERE}/32", "dev", "eth0"])
    outsider.exec(["ip", "neigh", "replace", NOWHERE, "lladdr", mac, "dev", "eth0"])
    send = f"import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('{NOWHERE}', 9))"
    outsider.exec(["python3", "-c", send])
