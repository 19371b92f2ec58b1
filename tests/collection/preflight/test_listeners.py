"""Who listens on a port, from what the kernel and systemd say."""

import os
import socket

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import listeners
from ansible_collections.llamakeep.fleet.plugins.module_utils.cgroup import owner
from ansible_collections.llamakeep.fleet.plugins.module_utils.listeners import on_port
from ansible_collections.llamakeep.fleet.plugins.module_utils.sockets import listening
from ansible_collections.llamakeep.fleet.plugins.module_utils.systemd import socket_units

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
LOOPBACK = (
    "   0: 0100007F:2CAA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 40411 1 "
    "0000000000000000 100 0 0 10 0\n"
)
CONNECTED = LOOPBACK.replace(" 0A ", " 01 ").replace("40411", "40412")
EVERYWHERE6 = (
    "   1: 00000000000000000000000000000000:2CAA 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 00000000     0        0 5120 1 0000000000000000 100 0 0 10 0\n"
)
ULA6 = EVERYWHERE6.replace("00000000000000000000000000000000:2CAA", "563412FD000000000000000099000000:0016")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (HEAD + LOOPBACK, [("127.0.0.1", 11434, 998, "40411")]),
        (HEAD + CONNECTED, []),
        (HEAD + EVERYWHERE6, [("::", 11434, 0, "5120")]),
        (HEAD + ULA6, [("fd12:3456::99", 22, 0, "5120")]),
        (HEAD, []),
        ("", []),
    ],
    ids=["loopback", "connected", "everywhere", "unique-local", "none", "empty"],
)
def test_what_the_kernel_lists(text, found):
    assert listening(text) == found


ID = "4f1ba0c5e1d2" + "0" * 52


@pytest.mark.parametrize(
    ("cgroup", "of_init", "found"),
    [
        ("0::/system.slice/ollama.service\n", "0::/init.scope\n", ("ollama.service", "")),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", "0::/init.scope\n", ("session-3.scope", "")),
        (f"0::/system.slice/docker-{ID}.scope\n", "0::/init.scope\n", ("", "4f1ba0c5e1d2")),
        (f"0::/docker/{ID}\n", "0::/init.scope\n", ("", "4f1ba0c5e1d2")),
        (f"0::/machine.slice/libpod-{ID}.scope\n", "0::/init.scope\n", ("", "4f1ba0c5e1d2")),
        (f"3:cpu:/\n1:name=systemd:/docker/{ID}/system.slice/nginx.service\n",
         f"1:name=systemd:/docker/{ID}/init.scope\n", ("nginx.service", "")),
        (f"1:name=systemd:/docker/{ID}\n", f"1:name=systemd:/docker/{ID}/init.scope\n", ("", "")),
        (f"0::/system.slice/docker-{ID}.scope/system.slice/ollama.service\n", "0::/init.scope\n", ("", "4f1ba0c5e1d2")),
        ("0::/lxc.payload.chat/system.slice/ollama.service\n", "0::/init.scope\n", ("", "chat")),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/ollama.service\n", "0::/init.scope\n",
         ("user@1000.service: ollama.service", "")),
        ("9:name=systemd:/system.slice/a.service\n0::/\n", "9:name=systemd:/init.scope\n0::/\n", ("a.service", "")),
        ("0::/\n", "0::/init.scope\n", ("", "")),
        ("", "", ("", "")),
    ],
)  # fmt: skip
def test_where_a_process_belongs(cgroup, of_init, found):
    assert owner(cgroup, of_init) == found


def test_what_systemd_listens_on():
    assert socket_units(
        "127.0.0.1:11434           ollama-api.socket  ollama-api.service\n"
        "[::]:22                   ssh.socket         ssh.service\n"
        "*:80                      web.socket         web.service\n"
        "/run/dbus/system_bus_socket dbus.socket      dbus.service\n"
        "\n"
    ) == {
        ("127.0.0.1", 11434): "ollama-api.socket",
        ("::", 22): "ssh.socket",
        ("::", 80): "web.socket",
    }


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_listener_of_this_very_process_is_found(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as server:
        try:
            server.bind((address, 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        server.listen()
        found = on_port(server.getsockname()[1])
    assert [(one.address, one.pid) for one in found] == [(address, os.getpid())]
    assert found[0].program


def test_systemds_own_sockets_go_by_their_unit(monkeypatch, tmp_path):
    (tmp_path / "net").mkdir()
    (tmp_path / "net/tcp").write_text(HEAD + LOOPBACK)
    for pid, name in ((1, "systemd"), (77, "systemd-socket-")):
        (tmp_path / str(pid) / "fd").mkdir(parents=True)
        (tmp_path / str(pid) / "fd/3").symlink_to("socket:[40411]")
        (tmp_path / str(pid) / "comm").write_text(f"{name}\n")
    monkeypatch.setattr(listeners, "_socket_units", lambda: {("127.0.0.1", 11434): "ollama-api.socket"})
    assert [(one.unit, one.pid) for one in on_port(11434, str(tmp_path))] == [("ollama-api.socket", 77)]
