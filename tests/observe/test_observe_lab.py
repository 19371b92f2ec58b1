"""Observe and plan on hosts that are really there."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from llamakeep import inventory, observe, plan, state
from llamakeep.cli import llamakeep
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep_lab import Lab, Machine, patience

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def fleet(lab: Lab) -> Fleet:
    return inventory.load(lab.inventory)


# ControlPersist would let it in by the connection that stands.
STRANGE = {"ansible_ssh_args": "-o UserKnownHostsFile=/no/such/file -o StrictHostKeyChecking=yes"}


def elsewhere(host: Host, **changed: object) -> Host:
    """The same host, under a name of its own, reached in another way."""
    connection = host.connection.model_copy(update=changed)
    return host.model_copy(update={"name": "other", "connection": connection})


def test_every_host_is_seen_and_says_what_it_plays(fleet: Fleet) -> None:
    seen = observe.look(fleet)
    assert {host.host: host.unreachable for host in seen.hosts} == {host.name: "" for host in fleet.hosts}
    assert [host.gaps for host in seen.hosts] == [()] * len(fleet.hosts)
    first = seen.host("llm1")
    assert first.simulated
    assert first.system is not None
    assert (first.system.os, first.system.root) == ("debian", "is root")
    assert first.accelerator is not None
    assert (first.accelerator.kind, first.accelerator.simulated) == ("nvidia", True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"port": 2}, "nothing answers"),
        ({"user": "nobody-of-that-name"}, "ssh does not let nobody-of-that-name in"),
        ({"variables": STRANGE}, "host key not in known_hosts"),
        ({"address": "no-such-host.invalid"}, "DNS lookup failed"),
    ],
)
def test_a_host_that_cannot_be_reached_hides_no_other(fleet: Fleet, changed: dict[str, object], said: str) -> None:
    one = fleet.host("llm1")
    both = fleet.model_copy(update={"hosts": (elsewhere(one, **changed), one)})
    seen = observe.look(both)
    assert said in seen.host("other").unreachable
    assert seen.host("llm1").reachable
    states = {host.host: host.state for host in plan.compare(both, seen).hosts}
    assert states["other"] == "blocked"
    assert states["llm1"] != "blocked"


def test_looking_changes_nothing(lab: Lab, fleet: Fleet) -> None:
    machine = lab.host("llm2")
    listing = "find /etc /opt /usr /var/lib -xdev -newermt @%s -type f -not -path '*/systemd/*' | sort"
    code, now = machine.container.exec_run(["date", "+%s.%N"])
    assert code == 0
    observe.look(fleet)
    _, touched = machine.container.exec_run(["sh", "-c", listing % now.decode().strip()])
    assert touched.decode() == ""


def wait_for_listener(machine: Machine, port: int) -> None:
    deadline = time.monotonic() + patience.START
    while f":{port} " not in machine.exec(["ss", "-ltn"]).stdout:
        assert time.monotonic() < deadline, f"nothing listens on port {port}"
        time.sleep(0.2)


def test_a_second_program_on_the_port_is_named(lab: Lab, fleet: Fleet) -> None:
    """llm2 may be converged by another test of the session: a port of its own is free on it in any case."""
    machine = lab.host("llm2")
    machine.container.exec_run(["python3", "-m", "http.server", "11499", "--bind", "127.0.0.1"], detach=True)
    wait_for_listener(machine, 11499)
    one = fleet.host("llm2")
    server = one.must_have(WantedOllama)
    door = server.door.model_copy(update={"port": 11499})
    moved = one.having("ollama", server.model_copy(update={"door": door}))
    chosen = fleet.model_copy(update={"hosts": (moved,)})
    try:
        found = [finding.found for finding in plan.compare(chosen, observe.look(chosen)).hosts[0].findings]
    finally:
        machine.container.exec_run(["pkill", "-f", "http.server 11499"])
    assert any(said.startswith("port 11499 is taken by python3 (pid ") for said in found)


def test_the_verbs_print_records_and_keep_them(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.VARIABLE, str(tmp_path))
    for verb in ("show", "observe", "plan"):
        done = CliRunner().invoke(llamakeep, [verb, "-i", str(lab.inventory), "--json"], standalone_mode=False)
        assert json.loads(done.stdout)["inventory"] == str(lab.inventory)
        assert done.return_value in ({0} if verb == "show" else {0, 1})  # a host that cannot serve is told by 1
    kept = sorted(path.name for path in tmp_path.glob("runs/*/*.json"))
    assert kept.count("1-inventory.json") == 3
    assert kept.count("2-observe.json") == 2
    assert kept.count("3-plan.json") == 1
