"""Findings as values, and the whole plan."""

from typing import Any

import pytest
from office import GIB, KIT, MISTRAL, bare, converged, host, room, system

from llamakeep.hosts.connection import Connection
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.lock.lock import Lock
from llamakeep.observe.seen import HostFacts, Listener, Observation, SeenUnit
from llamakeep.plan import compare
from llamakeep.plan.change import changes_for
from llamakeep.plan.finding import findings_for
from llamakeep.plan.fit.result import HostFit
from llamakeep.plan.plan import HostPlan
from llamakeep.services.ollama.wanted import WantedOllama


def blocking(seen: HostFacts, wanted: Host | None = None) -> list[str]:
    found = findings_for(wanted or host(), seen)
    return [finding.found for finding in found if finding.severity == "blocking"]


def test_an_unreachable_host_is_a_finding() -> None:
    (finding,) = findings_for(host(), HostFacts(host="gpu03", reachable=False, unreachable="no connection within 10 s"))
    assert finding.found == "cannot be reached: no connection within 10 s"
    assert "ssh ops@192.0.2.3" in finding.remedy
    assert changes_for(host(), HostFacts(host="gpu03", reachable=False), KIT) == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"root": "no"}, "ops does not become root by sudo"),
        ({"root": "sudo asks for a password"}, "sudo asks ops for a password"),
        ({"root": "sudo: command not found"}, "ops does not become root by sudo: sudo: command not found"),
        ({"python": None}, "there is no Python 3 on the host"),
        ({"python": "3.7.3"}, "its Python is 3.7.3"),
        ({"init": "sshd"}, "there is no systemd: its first process is sshd"),
        ({"architecture": "riscv64"}, "its architecture is riscv64"),
        ({"architecture": "arm64"}, "ollama 0.34.4 has no archive for linux-arm64 in the lock"),
        ({"os": "macos", "os_name": "macOS 26.6", "init": "launchd"}, "it runs macOS 26.6"),
    ],
)
def test_machines_that_will_not_do(fields: dict[str, Any], said: str) -> None:
    assert blocking(bare(system=system(**fields))) == [said]


def test_a_port_that_another_program_holds() -> None:
    listener = Listener(address="0.0.0.0", port=11434, program="nginx", pid=77)
    assert blocking(bare(listeners=(listener,))) == ["port 11434 is taken by nginx (pid 77), which listens on 0.0.0.0"]


@pytest.mark.parametrize(
    ("address", "taken"), [("::", True), ("127.0.0.1", True), ("192.0.2.9", False), ("::1", False)]
)
def test_only_addresses_of_the_door_matter(address: str, taken: bool) -> None:
    seen = bare(listeners=(Listener(address=address, port=11434, program="nginx", pid=77),))
    assert bool(blocking(seen)) is taken


def test_our_own_door_and_an_ollama_to_adopt_hold_the_port_rightly() -> None:
    service = SeenUnit(unit="ollama.service", active="active", enabled="enabled", pid=812)
    listener = Listener(address="127.0.0.1", port=11434, program="ollama", pid=812)
    assert blocking(bare(listeners=(listener,), units=(service,))) == []
    assert blocking(converged(host())) == []


@pytest.mark.parametrize("state", ["active", "deactivating"])  # told to stop, it sees out who is inside
def test_the_doors_program_keeps_the_port_when_its_socket_unit_was_stopped(state: str) -> None:
    socket = SeenUnit(unit="ollama-api.socket", active="inactive", enabled="enabled", pid=None)
    program = SeenUnit(unit="ollama-api.service", active=state, enabled="disabled", pid=900)
    listener = Listener(address="127.0.0.1", port=11434, program=None, pid=None)
    assert blocking(bare(listeners=(listener,), units=(socket, program))) == []


def test_no_room_names_needed_free_and_path() -> None:
    (finding,) = findings_for(host(MISTRAL), bare(space=room(6 * GIB)))
    assert finding.found.startswith("no room for what has to come: 6.0 GiB free at /var/cache/llamakeep and")
    assert finding.expected.startswith("8.0 GiB (1.0 GiB for the archive of ollama 0.34.4, 3.0 GiB for what it unpacks")
    assert "4.0 GiB for mistral:7b" in finding.expected


def test_what_is_there_needs_no_room() -> None:
    wanted = host(MISTRAL)
    assert blocking(converged(wanted, space=room(GIB)), wanted) == []


def test_disks_are_reckoned_one_by_one() -> None:
    store, *others = room(6 * GIB)
    seen = bare(space=(store.model_copy(update={"disk": "2"}), *others))
    assert blocking(seen, host(MISTRAL)) == []


def test_what_could_not_be_seen_is_said() -> None:
    (finding,) = findings_for(host(), bare(gaps=("listeners: no answer within 5 s",)))
    assert (finding.severity, finding.found) == ("warning", "could not be seen: listeners: no answer within 5 s")
    assert blocking(bare(system=None, gaps=("system: the answer was cut off",))) != []


def test_an_accelerator_that_is_required_must_be_seen() -> None:
    wanted = host()
    unseen = bare(accelerator=None, gaps=("accelerator: no answer within 28 s",))
    required = wanted.must_have(WantedOllama).model_copy(update={"require_accelerator": "any"})
    (finding,) = findings_for(wanted.having("ollama", required), unseen)
    assert (finding.severity, finding.found) == ("blocking", "could not be seen: accelerator: no answer within 28 s")
    assert finding.remedy.startswith("look again: llamakeep observe")
    will_do = wanted.must_have(WantedOllama).model_copy(update={"require_accelerator": "none"})
    (finding,) = findings_for(wanted.having("ollama", will_do), unseen)
    assert finding.severity == "warning"


def test_hosts_that_no_role_manages_are_named_apart() -> None:
    wanted = host()
    stranger = Host(name="outsider", groups=("untrusted",), connection=Connection(kind="ssh", address="192.0.2.99"))
    fleet = Fleet(inventory="inventories/office", lock=Lock(), hosts=(wanted, stranger))
    seen = Observation(
        inventory="inventories/office",
        seconds=1.4,
        hosts=(converged(wanted), HostFacts(host="outsider", reachable=False)),
    )
    plan = compare(fleet, seen, KIT)
    assert plan.hosts == (HostPlan(host="gpu03", fit=HostFit(), patient=("ollama.service",)),)
    assert plan.hosts[0].state == "as wanted"
    assert plan.unmanaged == ("outsider",)
