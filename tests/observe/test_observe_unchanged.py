"""A look changes nothing: every file of a host before and after it, by size, owner, mode and times."""

import pytest

from llamakeep import inventory, observe
from llamakeep_lab import Lab
from llamakeep_lab.machine import Machine

pytestmark = pytest.mark.lab

FOLDERS = ("/etc", "/usr", "/var", "/opt", "/root", "/home", "/srv", "/tmp", "/run", "/boot", "/dev/shm")

# What moves on any host that somebody logs in to, whatever he does there, and when nobody does.
MOVING = (
    "/var/log",  # the login itself: journal, wtmp, lastlog, btmp
    "/run/log",  # the journal where none is kept
    "/run/systemd/journal",  # its streams
    "/run/systemd/sessions",  # the session of the login
    "/run/systemd/users",
    "/run/systemd/units",  # the scope of the session; a note for each unit that is started
    "/run/systemd/transient",
    "/run/systemd/inaccessible",
    "/run/systemd/propagate",
    "/run/systemd/unit-private-tmp",
    "/run/user",  # made when root logs in
    "/run/utmp",
    "/run/motd.dynamic",  # written by pam_motd
    "/run/sshd",  # and what else sshd keeps while it serves
    "/var/lib/systemd/timers",  # stamps of timers that fall due meanwhile
    "/var/lib/systemd/timesync",
    "/tmp/systemd-private-*",
    "/var/tmp/systemd-private-*",
)
FOLDERS_THAT_HOLD_THEM = ("/run", "/run/systemd", "/tmp", "/var/tmp")  # their own time moves with what is above
# The answer of nvidia-smi waits there for a moment; the folder is as empty afterwards as it was.
TOUCHED = ("/dev/shm",)

# Access times are not asked for: whoever reads a file moves them, where the mount lets him.
FORM = r"%p\t%y\t%s\t%m\t%U:%G\t%T@\t%C@\t%l\n"


def files(machine: Machine) -> dict[str, str]:
    """Return what each file and folder looks like, by path; contents stand behind size and change time."""
    skipped = [word for pattern in MOVING for word in ("-path", pattern, "-prune", "-o")]
    ran = machine.exec(["find", *FOLDERS, "-xdev", *skipped, "-printf", FORM], check=False)
    found = dict(line.split("\t", 1) for line in ran.stdout.splitlines())
    return {path: look for path, look in found.items() if path not in (*FOLDERS_THAT_HOLD_THEM, *TOUCHED)}


@pytest.mark.parametrize("spec", ["mig-a100", "broken-driver"])
def test_no_file_of_a_host_is_other_after_a_look(lab: Lab, spec: str) -> None:
    fleet = inventory.load(lab.inventory)
    chosen = fleet.model_copy(update={"hosts": (fleet.host("llm1"),)})
    machine = lab.host("llm1")
    lab.simulate("llm1", spec)
    try:
        observe.look(chosen)  # what a first login of the day makes is there now
        before = files(machine)
        seen = observe.look(chosen).host("llm1")
        after = files(machine)
    finally:
        lab.simulate("llm1", "rtx-4090")
    assert seen.reachable
    assert seen.accelerator is not None
    assert seen.accelerator.kind != "none"
    assert len(before) > 5000, "the listing itself failed"
    changed = {path: (before.get(path), after.get(path)) for path in before.keys() | after.keys()}
    assert {path: both for path, both in changed.items() if both[0] != both[1]} == {}


def test_a_tool_that_hangs_is_said_and_leaves_nothing_behind(lab: Lab) -> None:
    """The whole look comes back though nvidia-smi never does."""
    fleet = inventory.load(lab.inventory)
    chosen = fleet.model_copy(update={"hosts": (fleet.host("llm1"),)})
    machine = lab.host("llm1")
    lab.simulate("llm1", "hangs")
    try:
        seen = observe.look(chosen).host("llm1")
        left = machine.exec(["pgrep", "-f", "nvidia[-]smi"], check=False).stdout  # not this search itself
        shelf = machine.exec(["ls", "/dev/shm"]).stdout
    finally:
        lab.simulate("llm1", "rtx-4090")
    assert seen.accelerator is not None
    assert (seen.accelerator.kind, seen.accelerator.cause) == ("broken", "hangs")
    assert "ollama" in seen.services
    assert not any(gap.startswith("accelerator") for gap in seen.gaps)
    assert (left, shelf) == ("", "")


def test_no_file_of_a_front_door_is_other_after_a_look(front_fleet: Lab) -> None:
    fleet = inventory.load(front_fleet.inventory)
    chosen = fleet.model_copy(
        update={"hosts": tuple(host for host in fleet.hosts if {"open_webui", "gateway"} & host.services.keys())}
    )
    assert len(chosen.hosts) == 2
    observe.look(chosen)
    machines = {host.name: front_fleet.host(host.name) for host in chosen.hosts}
    before = {name: files(machine) for name, machine in machines.items()}
    seen = observe.look(chosen)
    after = {name: files(machine) for name, machine in machines.items()}
    assert all(host.reachable and not host.gaps for host in seen.hosts)
    for name, looks in before.items():
        assert {path for path in {*looks, *after[name]} if looks.get(path) != after[name].get(path)} == set()
