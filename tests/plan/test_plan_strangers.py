"""What else is on a host: other copies of Ollama, clocks, reboots, full and read-only disks, bad releases."""

from typing import Any

import pytest
from office import KIT, bare, converged, host, room, system

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts, Listener, SeenUnit
from llamakeep.plan.compare import plan_for
from llamakeep.plan.finding import findings_for
from llamakeep.services.ollama.observed.seen import Copy, SeenOllama
from llamakeep.services.ollama.wanted import WantedOllama

OTHER = Copy(kind="program", path="/usr/bin/ollama", version="0.20.1", running=True, address="0.0.0.0:11500")


def told(seen: HostFacts, wanted: Host | None = None) -> list[tuple[str, str]]:
    return [(one.severity, one.found) for one in findings_for(wanted or host(), seen)]


def holding(*copies: Copy, **changed: Any) -> HostFacts:
    return bare(ollama=SeenOllama(answers=False, copies=copies), **changed)


def test_another_copy_that_runs_answers_beside_every_door() -> None:
    ((severity, said),) = told(holding(OTHER))
    assert severity == "warning"
    assert said == (
        "another Ollama runs here: /usr/bin/ollama (0.20.1), which listens on 0.0.0.0:11500 and is open to the "
        "network: it answers beside every door"
    )
    inside = OTHER.model_copy(update={"address": "127.0.0.1:11500"})
    assert "open to the network" not in told(holding(inside))[0][1]


@pytest.mark.parametrize("changed", [{"running": False}, {"ours": True}, {"address": "127.0.0.1:11434"}])
def test_copies_that_are_no_trouble_of_their_own(changed: dict[str, Any]) -> None:
    assert told(holding(OTHER.model_copy(update=changed))) == []


def test_the_service_that_will_be_adopted_is_no_stranger() -> None:
    service = SeenUnit(unit="ollama.service", active="active", enabled="enabled", pid=812)
    unknown = OTHER.model_copy(update={"address": ""})
    assert told(holding(unknown, units=(service,))) == []
    assert len(told(holding(unknown))) == 1
    assert len(told(converged(host(), ollama=SeenOllama(answers=True, version="0.34.4", copies=(unknown,))))) == 1


def test_a_service_that_is_open_until_it_is_adopted() -> None:
    service = SeenUnit(unit="ollama.service", active="active", enabled="enabled", pid=812)
    listener = Listener(address="::", port=11434, program="ollama", pid=812)
    assert told(bare(units=(service,), listeners=(listener,))) == [
        ("warning", "ollama.service listens on [::]:11434 without a door: it is open to the network")
    ]


def test_a_container_that_publishes_the_doors_port_is_refused() -> None:
    box = Copy(kind="container", path="ai (ollama/ollama:0.20.1)", running=True, address="0.0.0.0:11434")
    ((severity, said),) = told(holding(box))
    assert (severity, said) == (
        "blocking",
        "the container ai (ollama/ollama:0.20.1) has port 11434 published: what comes for the door goes there",
    )
    assert findings_for(host(), holding(box))[0].remedy.startswith("docker stop ai,")


def test_a_listener_outside_of_any_door() -> None:
    engine = Listener(address="0.0.0.0", port=8099, program="llama-server", pid=9)
    assert told(bare(listeners=(engine,)))[0][1].startswith("llama-server listens on 0.0.0.0:8099, outside of any door")
    inside = Listener(address="127.0.0.1", port=8099, program="llama-server", pid=9)
    web = Listener(address="::", port=443, program="nginx", pid=10)
    assert told(bare(listeners=(inside, web))) == []
    shown = Listener(address="0.0.0.0", port=11500, program="ollama", pid=9)
    assert len(told(holding(OTHER, listeners=(shown,)))) == 1


def test_drop_ins_that_are_not_ours() -> None:
    paths = ("/etc/systemd/system/ollama.service.d/override.conf", "/usr/lib/systemd/system/service.d/10-timeout.conf")
    ((severity, said),) = told(bare(ollama=SeenOllama(answers=True, drop_ins=paths)))
    assert (severity, said) == ("warning", f"ollama.service is changed by {paths[0]}, which is not ours")


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (None, None),
        (-59.0, None),
        (125.0, "its clock is 2 min 5 s ahead"),
        (-7200.0, "its clock is 2 h 0 min behind"),
        (-864000.0, "its clock is 10 days behind"),
    ],
)
def test_a_clock_that_is_off_warns(off: float | None, said: str | None) -> None:
    assert told(bare(system=system(clock_off=off))) == ([("warning", said)] if said else [])


@pytest.mark.parametrize(
    ("pending", "warns"),
    [
        ("kernel 6.12.57+deb13-amd64", True),
        ("linux-image-6.12.57, nvidia-driver-580", True),
        ("dbus", False),
        ("", False),
    ],
)
def test_a_reboot_counts_when_kernel_or_driver_wait_for_it(pending: str, warns: bool) -> None:
    assert bool(told(bare(system=system(reboot_pending=pending)))) is warns


def test_disks_that_take_no_files() -> None:
    read_only = tuple(one.model_copy(update={"read_only": True}) for one in room())
    ((severity, said),) = told(bare(space=read_only))
    assert severity == "blocking"
    assert said.startswith("the file system of / is read-only, where /usr/share/ollama/.ollama/models and /opt/")


@pytest.mark.parametrize(("inodes", "severity"), [(1000, None), (999, "warning"), (99, "blocking"), (None, None)])
def test_disks_that_run_out_of_inodes(inodes: int | None, severity: str | None) -> None:
    spaces = tuple(one.model_copy(update={"inodes": inodes}) for one in room())
    assert [one for one, _ in told(bare(space=spaces))] == ([severity] if severity else [])


def of_version(version: str, **accepted: str) -> Host:
    wanted = host(ollama_version=version)
    reasons = {f"CVE-{name.removeprefix('_').replace('_', '-')}": reason for name, reason in accepted.items()}
    places = {**wanted.places, "ollama_accepted_vulnerabilities": "host_vars/gpu03.yml:9"}
    accepting = wanted.must_have(WantedOllama).model_copy(update={"accepted": reasons})
    return wanted.having("ollama", accepting).model_copy(update={"places": places})


def test_a_known_bad_release_is_refused_by_name() -> None:
    (finding,) = findings_for(of_version("0.16.0"), bare())
    assert finding.severity == "blocking"
    assert finding.found.startswith("ollama 0.16.0 has CVE-2026-7482 (9.1): anyone who reaches the API")
    assert finding.expected == "ollama 0.17.1 or newer (ollama_version, group_vars/llm_hosts.yml:4)"
    assert "ollama_accepted_vulnerabilities: {CVE-2026-7482: why}" in finding.remedy
    assert [one for one, _ in told(bare(), of_version("0.14.0"))] == ["blocking", "blocking"]
    assert told(bare(), of_version("0.34.4-standin")) == []


def test_an_accepted_one_is_quoted_with_its_reason_and_place() -> None:
    (finding,) = findings_for(of_version("0.16.0", _2026_7482="until June"), bare())
    assert finding.severity == "warning"
    assert finding.found.endswith("accepted because: until June")
    assert "host_vars/gpu03.yml:9" in finding.remedy
    assert told(bare(), of_version("0.14.0", _2026_7482="until June"))[0][0] == "blocking"


def test_one_that_runs_until_it_is_replaced_is_said_and_not_refused() -> None:
    wanted = host()
    seen = bare(ollama=SeenOllama(answers=True, version="0.13.5"))
    (finding,) = findings_for(wanted, seen)
    assert finding.severity == "warning"
    assert finding.found.startswith("ollama 0.13.5, which the host has now, has CVE-2026-7482 (9.1), CVE-2025-51471:")
    assert plan_for(wanted, seen, KIT).state == "to change"
