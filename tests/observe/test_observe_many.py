"""Many hosts at once, healthy and otherwise: each is seen or told why, and none holds up another."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from llamakeep import inventory, observe
from llamakeep.inventory.fleet import Connection
from llamakeep.observe import looking, script
from llamakeep.observe.ask import Ask
from llamakeep.observe.ssh import host_data
from llamakeep_lab.simulated import Fault, SimulatedFleet, raised

HOSTS = 60
CONNECT, LIMIT = 6, 5  # seconds
WRONG = {number: fault for number, fault in enumerate([*Fault] * 2, 7) if fault is not Fault.NONE}
SAID = {
    Fault.REFUSES: "Unable to connect to port",
    Fault.SILENT: f"no connection within {CONNECT} s",
    Fault.DROPS: "SSH error|Connection reset|EOF error",
    Fault.IMPOSTOR: "does not match",
    Fault.LOCKED: "Authentication error",
    Fault.HANGS: f"no answer within {LIMIT} s",
    Fault.BREAKS: "the connection broke off before the host had answered",
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedFleet]:
    with raised(tmp_path_factory.mktemp("many"), HOSTS, WRONG, hashed=True) as fleet:
        yield fleet


def request(fleet: SimulatedFleet, configs: Path, *options: str, healthy: bool = False) -> dict[str, Any]:
    """What the worker is asked, with limits that a test can wait for."""
    hosts = yaml.safe_load((fleet.inventory / "hosts.yml").read_text(encoding="utf-8"))["llm_hosts"]["hosts"]
    asked = {}
    for name, variables in hosts.items():
        if healthy and fault_of(name) is not Fault.NONE:
            continue
        connection = Connection(
            kind="ssh",
            address=variables["ansible_host"],
            port=variables["ansible_port"],
            user="root",
            private_key=str(fleet.inventory / ".ssh" / "id_ed25519"),
            ssh_options=("-o", f"UserKnownHostsFile={fleet.inventory}/.ssh/known_hosts", *options),
        )
        asked[name] = {
            "kind": "ssh",
            "data": host_data(connection, configs / name),
            "command": script.command(become=True),
            "stdin": "\n",
            "script": 0,
            "limit": LIMIT,
        }
    return {"hosts": asked, "connect": CONNECT, "scripts": [script.script(looking.FACTS, Ask())]}


def start(*before: str) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-P", "-m", "llamakeep.observe.worker"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(asked: dict[str, Any], *before: str) -> dict[str, Any]:
    worker = start(*before)
    out, _ = worker.communicate(json.dumps(asked), timeout=60)
    assert worker.returncode == 0
    return dict(json.loads(out))


def is_socket(descriptor: Path) -> bool:
    try:
        return str(descriptor.readlink()).startswith("socket:")
    except FileNotFoundError:  # closed since the folder was read
        return False


def sockets_fall_to(most: int, pid: int) -> bool:
    """Tell whether a process holds so few soon: the last answer is printed just before its connection is closed."""
    deadline = time.monotonic() + 2
    while True:
        if sum(is_socket(one) for one in Path(f"/proc/{pid}/fd").iterdir()) <= most:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)


def fault_of(name: str) -> Fault:
    return WRONG.get(int(name.removeprefix("gpu")), Fault.NONE)


def test_every_host_is_seen_or_told_why_and_its_connection_is_gone_with_its_answer(
    fleet: SimulatedFleet, tmp_path: Path
) -> None:
    started = time.monotonic()
    worker = start()
    assert worker.stdin is not None
    assert worker.stdout is not None
    json.dump(request(fleet, tmp_path), worker.stdin)
    worker.stdin.close()
    answers: dict[str, Any] = {}
    for line in worker.stdout:
        if line.startswith('"'):
            answers |= json.loads("{" + line.removesuffix("\n").removesuffix(",") + "}")
        if len(answers) == HOSTS - 2:  # the silent ones are the last
            assert sockets_fall_to(2, worker.pid)
    assert worker.wait(timeout=10) == 0
    assert time.monotonic() - started < CONNECT + LIMIT + 15  # a busy machine; one after the other would be minutes

    assert len(answers) == HOSTS
    for name, answer in answers.items():
        fault = fault_of(name)
        if fault in {Fault.NONE, Fault.SLOW}:
            assert (answer["error"], "receipt" in script.answers(answer["text"])) == ("", True)
            assert answer["seconds"] < CONNECT  # it waited for no other
        else:
            assert not answer["text"]
            assert re.search(SAID[fault], answer["error"]), f"{fault}: {answer['error']}"


def test_when_an_answer_came_is_told(fleet: SimulatedFleet, tmp_path: Path) -> None:
    before = time.time()
    asked = request(fleet, tmp_path, healthy=True)
    asked["hosts"] = {"gpu0001": asked["hosts"]["gpu0001"]}
    answer = ask(asked)["gpu0001"]
    assert before < answer["at"] - answer["seconds"] < answer["at"] < time.time()


def test_few_descriptors_make_it_slower_and_no_host_fail(fleet: SimulatedFleet, tmp_path: Path) -> None:
    asked = request(fleet, tmp_path, healthy=True)
    answers = ask(asked, "sh", "-c", 'ulimit -n 128; exec "$@"', "sh")  # 32 hosts at a time
    assert {name: answer["error"] for name, answer in answers.items()} == dict.fromkeys(asked["hosts"], "")


def test_hosts_behind_a_jump_host_do_not_storm_it(fleet: SimulatedFleet, tmp_path: Path) -> None:
    """The simulated host lets many in; the jumps leave no connection behind, or the descriptors would run out."""
    ssh = fleet.inventory / ".ssh"
    jump, own = fleet.addresses["gpu0001"], tmp_path / "own"
    own.write_text(
        f"Host {jump}\n  User root\n  Port {fleet.port}\n  IdentityFile {ssh}/id_ed25519\n"
        f"  UserKnownHostsFile {ssh}/known_hosts\n",
        encoding="utf-8",
    )
    asked = request(fleet, tmp_path, "-J", jump, "-F", str(own), healthy=True)
    del asked["hosts"]["gpu0001"]
    answers = ask(asked, "sh", "-c", 'ulimit -n 80; exec "$@"', "sh")
    assert {name: answer["error"] for name, answer in answers.items()} == dict.fromkeys(asked["hosts"], "")


@pytest.mark.parametrize("fault", [Fault.DROPS, Fault.BREAKS])
def test_a_host_that_hangs_up_half_way_hides_no_other(
    tmp_path: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "CONNECT", CONNECT)
    with raised(tmp_path, 3, {2: fault}) as fleet:
        seen = observe.look(inventory.load(fleet.inventory))
    assert [host.reachable for host in seen.hosts] == [True, False, True]
    assert seen.hosts[1].unreachable
    first = seen.hosts[0]
    assert first.lab is not None
    assert first.simulated
    assert first.system is not None
    assert first.system.os == "debian"
