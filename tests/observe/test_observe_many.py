"""Many hosts at once, healthy and otherwise: each is seen or told why, and none holds up another."""

import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from llamakeep import inventory, observe
from llamakeep.hosts.connection import Connection
from llamakeep.observe import looking, script
from llamakeep.observe.ask import Ask
from llamakeep_lab.simulated import Fault, SimulatedFleet, raised

HOSTS = 60
TIMEOUT, LIMIT = 6, 5  # seconds
WRONG = {number: fault for number, fault in enumerate([*Fault] * 2, 7) if fault is not Fault.NONE}
SAID = {
    Fault.REFUSES: "nothing answers at",
    Fault.SILENT: "it takes connections and says nothing",
    Fault.DROPS: "Connection (reset|closed) by",
    Fault.IMPOSTOR: "not the one in known_hosts",
    Fault.LOCKED: "ssh does not let root in",
    Fault.HANGS: f"no answer within {LIMIT} s",
    Fault.BREAKS: "the connection broke off before the host had answered|it closed the connection",
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedFleet]:
    with raised(tmp_path_factory.mktemp("many"), HOSTS, WRONG, hashed=True) as fleet:
        yield fleet


def request(fleet: SimulatedFleet, *options: str, healthy: bool = False, only: str = "") -> bytes:
    """What the worker is asked, with limits that a test can wait for."""
    known = ("-o", f"UserKnownHostsFile={fleet.inventory}/.ssh/known_hosts", "-o", "StrictHostKeyChecking=yes")
    asked = {}
    for name, at in yaml.safe_load((fleet.inventory / "hosts.yml").read_text(encoding="utf-8"))["llm_hosts"][
        "hosts"
    ].items():
        if (healthy and fault_of(name) is not Fault.NONE) or (only and name != only) or at["ansible_host"] in options:
            continue
        variables = {
            "inventory_hostname": name,
            "ansible_ssh_private_key_file": str(fleet.inventory / ".ssh" / "id_ed25519"),
            "ansible_ssh_common_args": shlex.join([*known, *options]),
            "ansible_ssh_args": "-o ControlPath=none",  # the next test shares no connection with this one
            "ansible_ssh_timeout": TIMEOUT,
        }
        connection = Connection(
            kind="ssh", address=at["ansible_host"], port=at["ansible_port"], user="root", variables=variables
        )
        asked[name] = {"connection": connection.revealed(), "script": 0}
    text = script.script(looking.FACTS, Ask())
    return json.dumps({"hosts": asked, "scripts": [text], "limit": LIMIT}).encode()


def start(*before: str) -> subprocess.Popen[bytes]:
    command = [*before, sys.executable, "-P", "-m", "llamakeep.observe.worker"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def ask(asked: bytes, *before: str) -> dict[str, Any]:
    worker = start(*before)
    out, _ = worker.communicate(asked, timeout=100)
    assert worker.returncode == 0
    return dict(map(json.loads, out.splitlines()))


def clients_of(pid: int) -> int:
    """How many processes a process has started, and not yet let go of."""
    return len(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()) + sum(
        len(path.read_text(encoding="ascii").split())
        for path in Path(f"/proc/{pid}/task").glob("[0-9]*/children")
        if path.parent.name != str(pid)
    )


def clients_fall_to(most: int, pid: int) -> bool:
    """Tell whether it has so few soon: the last answer is printed just before its ssh is let go of."""
    deadline = time.monotonic() + 3
    while clients_of(pid) > most:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def fault_of(name: str) -> Fault:
    return WRONG.get(int(name.removeprefix("gpu")), Fault.NONE)


def test_every_host_is_seen_or_told_why_and_its_ssh_is_gone_with_its_answer(fleet: SimulatedFleet) -> None:
    started = time.monotonic()
    worker = start()
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(request(fleet))
    worker.stdin.close()
    answers: dict[str, Any] = {}
    for line in worker.stdout:
        name, answer = json.loads(line)
        answers[name] = answer
        if len(answers) == HOSTS - 4:  # the silent ones and those that hang are the last
            assert clients_fall_to(4, worker.pid)
    assert worker.wait(timeout=10) == 0
    assert time.monotonic() - started < TIMEOUT + LIMIT + 25  # a busy machine; one after the other would be minutes

    assert len(answers) == HOSTS
    for name, answer in answers.items():
        fault = fault_of(name)
        if fault in {Fault.NONE, Fault.SLOW}:
            assert (answer["error"], "receipt" in script.answers(answer["text"])) == ("", True)
            assert answer["seconds"] < 2 * TIMEOUT  # it waited for no other
        else:
            assert not answer["text"]
            assert re.search(SAID[fault], answer["error"]), f"{fault}: {answer['error']}"


def test_when_an_answer_came_is_told(fleet: SimulatedFleet) -> None:
    before = time.time()
    answer = ask(request(fleet, only="gpu0001"))["gpu0001"]
    assert before < answer["at"] - answer["seconds"] < answer["at"] < time.time()


def test_few_descriptors_make_it_slower_and_no_host_fail(fleet: SimulatedFleet) -> None:
    answers = ask(request(fleet, healthy=True), "sh", "-c", 'ulimit -n 128; exec "$@"', "sh")  # 12 hosts at a time
    assert {answer["error"] for answer in answers.values()} == {""}
    assert len(answers) == HOSTS - len(WRONG) + len([one for one in WRONG.values() if one is Fault.SLOW]) - 2


def test_hosts_behind_a_jump_host_do_not_storm_it(fleet: SimulatedFleet, tmp_path: Path) -> None:
    """The simulated host lets many in: how many came at once is read from its own log."""
    ssh = fleet.inventory / ".ssh"
    jump, own = fleet.addresses["gpu0001"], tmp_path / "own"
    own.write_text(
        f"Host {jump}\n  User root\n  Port {fleet.port}\n  IdentityFile {ssh}/id_ed25519\n"
        f"  UserKnownHostsFile {ssh}/known_hosts\n",
        encoding="utf-8",
    )
    answers = ask(request(fleet, "-J", jump, "-F", str(own), healthy=True))
    assert {answer["error"] for answer in answers.values()} == {""}


@pytest.mark.parametrize("fault", [Fault.DROPS, Fault.BREAKS])
def test_a_host_that_hangs_up_half_way_hides_no_other(tmp_path: Path, fault: Fault) -> None:
    with raised(tmp_path, 3, {2: fault}) as fleet:
        seen = observe.look(inventory.load(fleet.inventory))
    assert [host.reachable for host in seen.hosts] == [True, False, True]
    assert seen.hosts[1].unreachable
    first = seen.hosts[0]
    assert first.lab is not None
    assert first.simulated
    assert first.system is not None
    assert first.system.os == "debian"
