"""Labs on the engine: what `llamakeep lab` does to this machine, and that nothing of it stays."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import llamakeep_lab as labs
from llamakeep.errors import Refusal
from llamakeep.lock import file as lockfile
from llamakeep_lab import debian, engine, patience, status
from llamakeep_lab.name import LABEL
from own import own

pytestmark = pytest.mark.lab

KIT = Path(sys.executable).parent / "llamakeep"
OTHER = own("other")


@pytest.fixture
def folder(tmp_path):
    """A working folder of its own for another lab, which is gone afterwards."""
    labs.down(OTHER, base=tmp_path / "inventories")
    yield tmp_path
    labs.down(OTHER, base=tmp_path / "inventories")


def kit(folder, *words):
    return subprocess.run(
        [KIT, "lab", *words], cwd=folder, capture_output=True, text=True, timeout=patience.CONVERGE, check=False
    )


def left(name):
    """Return everything that the engine has under a lab's name."""
    client, label = engine.connect(), {"label": f"{LABEL}={name}"}
    return [*client.containers.list(all=True, filters=label, ignore_removed=True), *client.networks.list(filters=label)]


def test_every_host_is_a_real_debian_that_ansible_reaches(lab):
    assert list(lab.machines) == ["llm1", "llm2", "chat1", "registry1", "outsider"]
    for machine in lab.machines.values():
        assert machine.exec(["systemctl", "is-system-running"], check=False).stdout.strip() in {
            "running",
            "degraded",
        }
    ansible = Path(sys.executable).parent / "ansible"
    said = subprocess.run(
        [ansible, "-i", lab.inventory, "all", "-m", "ansible.builtin.ping"],
        capture_output=True,
        text=True,
        timeout=patience.COMMAND,
        check=True,
    )
    assert said.stdout.count("pong") == len(lab.machines)


def test_hosts_reach_each_other_by_name_on_both_protocols(lab):
    ask = "import socket; print(sorted({a[4][0] for a in socket.getaddrinfo('blobs.lab.example', 5000)}))"
    mirror = lab.host("registry1")
    said = lab.host("outsider").exec(["python3", "-c", ask]).stdout
    assert mirror.address4 in said
    assert mirror.address6 in said


def test_the_mirror_serves_what_the_lock_names(lab):
    lock = lockfile.read_own(lockfile.path_for(str(lab.inventory)))
    (archive,) = lock.ollama["0.34.4-standin"].values()
    request = urllib.request.Request(archive.url, method="HEAD")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert int(answer.headers["Content-Length"]) == archive.size
    model = lock.models["smollm2:135m"]
    url = f"{model.registry}/v2/{model.path}/manifests/135m"
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.read().decode() == model.manifest


def test_a_host_says_of_itself_what_it_plays(lab):
    said = json.loads(lab.host("llm1").exec(["cat", "/etc/llamakeep-lab.json"]).stdout)
    assert said == {"lab": lab.name.text, "gpu": "rtx-4090", "standin": True}
    assert "RTX 4090" in lab.host("llm1").exec(["nvidia-smi", "-L"]).stdout


def test_a_gpu_can_break_and_go_while_the_host_runs(lab):
    try:
        lab.simulate("llm1", "broken-driver")
        assert lab.host("llm1").exec(["nvidia-smi"], check=False).code == 9
        lab.simulate("llm1", "none")
        assert lab.host("llm1").exec(["test", "-e", "/usr/bin/nvidia-smi"], check=False).code == 1
    finally:
        lab.simulate("llm1", "rtx-4090")


def test_a_file_can_be_put_where_a_mount_is(lab):
    lab.host("chat1").put("/run/deep/x", b"\x00\xff", mode=0o640)
    seen = lab.host("chat1").exec(["sh", "-c", "stat -c %a /run/deep/x; od -An -tx1 /run/deep/x"]).stdout
    assert seen.split() == ["640", "00", "ff"]


def test_a_command_that_fails_is_told_with_its_words(lab):
    with pytest.raises(Refusal, match=r"chat1: ls /none: exit code 2: ls: cannot access"):
        lab.host("chat1").exec(["ls", "/none"])
    assert lab.host("chat1").exec(["sleep", "9"], timeout=1, check=False).code == 124


def test_up_again_changes_no_host(lab):
    before = {name: machine.container.id for name, machine in lab.machines.items()}
    again = labs.up(lab.name.text, gpus=["rtx-4090"], standin=True, base=lab.inventory.parent)
    assert {name: machine.container.id for name, machine in again.machines.items()} == before


def test_two_labs_do_not_clash_and_down_leaves_nothing(lab, folder):
    raised = kit(folder, "up", "--name", OTHER, "--llm", "1", "--stand-in", "--bare")
    assert raised.returncode == 0, raised.stderr
    assert raised.stdout.endswith(f"next: llamakeep up -i inventories/lab-{OTHER}\n")
    seen = json.loads(kit(folder, "status", "--json").stdout)
    assert {OTHER, lab.name.text} <= {each["name"] for each in seen if each["complete"]}
    bare = labs.attach(OTHER).host("llm1")
    for program in ("nft", "zstd", "curl", "sudo"):
        assert bare.exec(["sh", "-c", f"command -v {program}"], check=False).code != 0
    assert bare.exec(["python3", "--version"]).code == 0

    gone = kit(folder, "down", "--name", OTHER)
    assert gone.returncode == 0, gone.stderr
    assert left(OTHER) == []
    assert list((folder / "inventories").iterdir()) == []
    assert status.look(engine.connect(), lab.name.text).complete


@pytest.mark.parametrize("after", [1.0, 2.0, 3.0])
def test_a_killed_up_is_finished_by_the_next(folder, after):
    words = [KIT, "lab", "up", "--name", OTHER, "--llm", "1", "--stand-in"]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as killed:
        time.sleep(after)
        os.kill(killed.pid, signal.SIGKILL)
    raised, deadline = kit(folder, *words[2:]), time.monotonic() + patience.GONE
    # The engine may end what the dead one asked for when `up` has looked already.
    while raised.returncode and time.monotonic() < deadline:
        raised = kit(folder, *words[2:])
    assert raised.returncode == 0, raised.stderr
    assert status.look(engine.connect(), OTHER).complete


def test_a_killed_up_is_taken_down_from_anywhere(folder, tmp_path_factory):
    words = [KIT, "lab", "up", "--name", OTHER, "--llm", "1", "--stand-in"]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as killed:
        time.sleep(2)
        os.kill(killed.pid, signal.SIGKILL)
    elsewhere, deadline = tmp_path_factory.mktemp("elsewhere"), time.monotonic() + patience.GONE
    assert kit(elsewhere, "down", "--name", OTHER).returncode == 0
    # The engine may end what the dead one asked for when `down` has looked already.
    while left(OTHER) and time.monotonic() < deadline:
        assert kit(elsewhere, "down", "--name", OTHER).returncode == 0
    assert left(OTHER) == []
    assert not (folder / "inventories" / f"lab-{OTHER}").exists()


def test_fewer_hosts_are_asked_for_and_the_others_go(folder):
    base = folder / "inventories"
    assert "llm2" in labs.up(OTHER, standin=True, base=base).machines
    assert "llm2" not in labs.up(OTHER, llm=1, standin=True, base=base).machines
    assert "llm2" not in (base / f"lab-{OTHER}" / "hosts.yml").read_text()


def test_a_lab_of_another_folder_is_not_taken_over(folder, tmp_path_factory):
    labs.up(OTHER, llm=1, standin=True, base=folder / "inventories")
    with pytest.raises(Refusal, match="belongs to"):
        labs.up(OTHER, llm=1, standin=True, base=tmp_path_factory.mktemp("elsewhere"))


def test_an_unknown_host_has_no_shell(lab):
    said = kit(".", "shell", "llm9", "--name", lab.name.text)
    assert said.returncode == 2
    assert "has no host llm9" in said.stderr
    assert "llm1 llm2 chat1 registry1 outsider" in said.stderr


def test_debian_12_boots_too(folder):
    raised = labs.up(OTHER, llm=1, debian=debian.RELEASES[1], standin=True, base=folder / "inventories")
    assert raised.host("llm1").exec(["cat", "/etc/debian_version"]).stdout.startswith("12.")
