"""What the probe reads from /proc/<pid>/net: real files of a sealed service and of the host around it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import network
from ansible_collections.llamakeep.fleet.plugins.module_utils.cgroup import owner

from llamakeep.verify.probe import processes, sockets

PROC = Path(__file__).parent / "proc"


def text(case, name):
    return (PROC / case / name).read_text()


def test_a_sealed_service_sees_loopback_alone():
    assert network.interfaces(text("sealed", "dev")) == ["lo"]
    assert network.routes(text("sealed", "route") + text("sealed", "ipv6_route")) == []


def test_a_host_sees_its_links_and_routes():
    assert network.interfaces(text("open", "dev")) == ["lo", "eth0"]
    routes = network.routes(text("open", "route") + text("open", "ipv6_route"))
    assert routes[:2] == ["0.0.0.0/0 via eth0", "10.77.33.0/24 via eth0"]
    assert "fd00:77:33::/64 via eth0" in routes


def test_listeners_of_both_families_are_read():
    found = sockets.listening(text("open", "tcp"), text("open", "tcp6"))
    places = {(entry["address"], entry["port"]) for entry in found}
    assert {("127.0.0.1", 11434), ("0.0.0.0", 22), ("fd00:77:33::2", 11434), ("::", 22)} <= places


def test_the_engine_is_seen_inside_the_seal():
    found = sockets.listening(text("sealed", "tcp"), text("sealed", "tcp6"))
    assert [(entry["address"], entry["port"]) for entry in found] == [("127.0.0.1", 11434), ("127.0.0.1", 40285)]


def test_a_kernel_without_ipv6_lists_ipv4_alone():
    assert sockets.listening(text("sealed", "tcp"), "") != []
    assert network.routes(text("open", "route")) == ["0.0.0.0/0 via eth0", "10.77.33.0/24 via eth0"]


@pytest.mark.parametrize(
    ("cgroup", "unit"),
    [
        ("0::/system.slice/ollama.service\n", "ollama.service"),
        ("9:name=systemd:/docker/9a75/system.slice/ollama.service\n8:pids:/x\n0::/\n", "ollama.service"),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope\n", "user@1000.service: app-x.scope"),
        ("0::/\n", ""),
        ("", ""),
    ],
)
def test_the_unit_of_a_process_is_read_from_its_cgroup(cgroup, unit):
    assert str(owner(cgroup)) == unit


def test_this_process_is_among_everyone():
    mine = next(process for process in processes.everyone() if process.pid == os.getpid())
    assert (mine.uid, mine.gid) == (os.geteuid(), os.getegid())
    assert processes.namespaces([mine])[mine.pid] == str(Path("/proc/self/ns/net").readlink())


def test_a_process_that_systemd_still_prepares_is_not_known_by_its_network(tmp_path):
    executor = shutil.copy(shutil.which("sleep"), tmp_path / "systemd-executor")
    with subprocess.Popen([executor, "60"]) as prepared:
        with pytest.raises(OSError, match="was being started while it was looked at"):
            sockets.of_service(prepared.pid)
        prepared.kill()
