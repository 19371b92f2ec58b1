"""Who listens, and what a sealed service sees."""

import pytest
from hosts_said import said

from llamakeep.observe.facts.cgroup import owners
from llamakeep.observe.facts.listeners import ListenersFact
from llamakeep.observe.facts.services import ServicesFact
from llamakeep.observe.seen import Listener, SeenUnit


def listening(case: str) -> tuple[Listener, ...]:
    return ListenersFact().parse(said("listeners", case))


def by_unit(case: str) -> dict[str, SeenUnit]:
    return {service.unit: service for service in ServicesFact().parse(said("services", case))}


@pytest.mark.parametrize("case", ["door-held-by-systemd", "door-passed-on-to-its-proxy"])
def test_a_socket_of_systemd_is_systemds(case: str) -> None:
    listeners = listening(case)
    assert Listener(address="127.0.0.1", port=11434, program="systemd", pid=1) in listeners
    assert Listener(address="::", port=11435, program="systemd", pid=1) in listeners


def test_a_door_is_known_by_its_unit() -> None:
    found = {(one.address, one.port): one.unit for one in listening("converged")}
    assert found["127.0.0.1", 11434] == found["fdd1:9f01:3cc3::b", 11434] == "ollama-api.socket"
    assert found["0.0.0.0", 22] == "ssh.service"


def test_a_server_beside_the_door_is_there_though_nobody_says_whose_it_is() -> None:
    (server,) = (one for one in listening("server-without-door") if one.port == 11434)
    assert (server.address, server.program, server.unit) == ("127.0.0.1", None, "")


def test_whose_a_socket_is() -> None:
    assert {one.port: (one.program, one.unit) for one in listening("cgroup-v2-with-docker")} == {
        11434: ("systemd", "ollama-api.socket"),
        11435: ("docker-proxy", "docker.service"),
        8080: ("nginx", "nginx.service"),
        11436: ("ollama", "user@1000.service: ollama.service"),
        11437: ("ollama", "container 4f1ba0c5e1d2"),
    }


def test_without_root_there_is_no_program() -> None:
    listeners = listening("without-root")
    assert [listener.port for listener in listeners] == [22, 22, 11434, 11435]
    assert {listener.program for listener in listeners} == {None}


def test_the_kernel_is_asked_where_there_is_no_ss() -> None:
    assert listening("no-ss") == (
        Listener(address="0.0.0.0", port=22, program="sshd", pid=1),
        Listener(address="::", port=22, program="sshd", pid=1),
    )


def test_macos() -> None:
    assert listening("macos") == (
        Listener(address="0.0.0.0", port=22, program=None, pid=None),
        Listener(address="::", port=22, program=None, pid=None),
        Listener(address="fe80::1", port=631, program=None, pid=None),
        Listener(address="::", port=5000, program="ControlCenter", pid=612),
        Listener(address="127.0.0.1", port=11434, program="ollama", pid=5474),
    )


def test_the_hierarchy_that_knows_more_counts() -> None:
    lines = [
        "/proc/7/cgroup:9:name=systemd:/system.slice/a.service",
        "/proc/7/cgroup:0::/",
        "/proc/8/cgroup:4:memory:/x",
    ]
    assert owners(lines) == {7: "a.service"}
    assert owners(["/proc/7/cgroup:0::/lxc.payload.web/system.slice/a.service"]) == {7: "container web"}


def test_a_sealed_service_sees_loopback_and_no_route() -> None:
    service = by_unit("sealed")["ollama.service"]
    assert (service.active, service.enabled) == ("active", "enabled")
    assert (service.interfaces, service.routes, service.listens) == (("lo",), 0, ("127.0.0.1:11434",))


def test_an_unsealed_service_sees_the_network() -> None:
    service = by_unit("unsealed")["ollama.service"]
    assert (service.interfaces, service.routes, service.listens) == (("lo", "eth0"), 8, ())


def test_a_stopped_service_sees_nothing() -> None:
    service = by_unit("stopped")["ollama.service"]
    assert (service.active, service.pid, service.interfaces, service.routes) == ("inactive", None, None, None)
    assert by_unit("stopped")["llamakeep-firewall.service"].active == "missing"


def test_a_converged_host_is_sealed_and_its_door_too() -> None:
    units = by_unit("converged")
    assert {units[name].interfaces for name in ("ollama.service", "ollama-api.service")} == {("lo",)}
    assert units["ollama.service"].listens[0] == "127.0.0.1:11434"
    assert units["llamakeep-firewall.service"].active == "active"


def test_no_systemd_means_no_services() -> None:
    assert ServicesFact().parse(said("services", "no-systemd")) == ()
