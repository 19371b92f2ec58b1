"""On a real host, over ssh: the operator sees how far it is, a mirror dies, and nothing is fetched twice."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from llamakeep_lab import patience

pytestmark = pytest.mark.lab

MODEL = "smollm2:135m"
STORE = "/srv/models-of-a-test"
PLAY = f"""
- name: Bring one model
  hosts: chat1
  gather_facts: false
  become: true
  tasks:
    - name: Bring it
      llamakeep.fleet.models:
        store: {STORE}
        owner: ollama
        group: ollama
        names: [{MODEL}]
      register: brought
    - name: Say what came
      ansible.builtin.debug:
        msg: "got={{{{ brought.received }}}} kept={{{{ brought.resumed }}}} changed={{{{ brought.changed }}}}"
"""


@pytest.fixture
def chat1(lab):
    """A host that has no Ollama, for a while with the user of one."""
    host = lab.host("chat1")
    was_there = host.exec(["id", "ollama"], check=False).code == 0
    if not was_there:
        host.exec(["useradd", "--system", "--no-create-home", "ollama"])
    receipt = host.read("/var/lib/llamakeep/receipt.json")
    yield host
    host.exec(["rm", "-rf", STORE])
    if receipt is None:
        host.exec(["rm", "-f", "/var/lib/llamakeep/receipt.json"])
    if not was_there:
        host.exec(["userdel", "ollama"])


@pytest.fixture
def mirror(lab):
    """The mirror behind a slow link."""
    host = lab.host("registry1")
    link = ["dev", "eth0", "root"]
    host.exec(["tc", "qdisc", "replace", *link, *["tbf", "rate", "40mbit", "burst", "256kb", "latency", "50ms"]])
    yield host
    host.exec(["tc", "qdisc", "del", *link])
    host.exec(["rm", "-f", "/etc/llamakeep-lab-cuts.json"])


@pytest.fixture
def bring(lab, tmp_path):
    """Run ansible-playbook as an operator does; while it runs, collect what is shown of its progress."""
    play = tmp_path / "play.yml"
    play.write_text(PLAY)
    watched = tmp_path / "progress"
    watched.mkdir()

    def run(*options):
        command = [Path(sys.executable).with_name("ansible-playbook"), "-i", lab.inventory, *options, play]
        environment = {**os.environ, "LLAMAKEEP_PROGRESS": str(watched)}
        going = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        seen = []
        while going.poll() is None:
            for file in watched.glob("*.json"):
                with contextlib.suppress(FileNotFoundError):  # it was over just now
                    seen.append(json.loads(file.read_text()))
            time.sleep(0.2)
        assert list(watched.iterdir()) == []
        return going.stdout.read(), seen

    return run


def test_a_mirror_dies_at_60_percent_and_the_next_run_resumes(lab, chat1, mirror, bring):
    manifest = json.loads(yaml.safe_load((lab.inventory / "llamakeep.lock").read_text())["models"][MODEL]["manifest"])
    layers = [manifest["config"], *manifest["layers"]]
    largest = max(layers, key=lambda layer: layer["size"])
    cut = int(largest["size"] * 0.6)
    mirror.put("/etc/llamakeep-lab-cuts.json", json.dumps({largest["digest"][7:]: cut}).encode())

    said, seen = bring()
    assert f"{MODEL}: blob {largest['digest'][:19]}" in said
    assert f"({cut} bytes) are kept in {STORE}; the next run goes on from there" in said
    assert re.search(r"http://[^ ]+:5000 said: broke off after ", said)
    assert {(one["host"], one["stage"], one["what"]) for one in seen if one["what"] == MODEL}
    assert any(0 < one["done"] < one["total"] and one["rate"] for one in seen)
    assert chat1.exec(["find", f"{STORE}/manifests", "-type", "f"]).stdout == ""

    mirror.exec(["rm", "/etc/llamakeep-lab-cuts.json"])
    said, _seen = bring()
    assert f"got={largest['size'] - cut} kept={cut} changed=True" in said
    assert chat1.exec(["sha256sum", f"{STORE}/blobs/sha256-{largest['digest'][7:]}"]).stdout.startswith(
        largest["digest"][7:]
    )
    owners = chat1.exec(["find", STORE, "-mindepth", "1", "-printf", "%u:%g\\n"]).stdout.split()
    assert set(owners) == {"ollama:ollama"}

    assert "got=0 kept=0 changed=False" in bring()[0]


def test_an_operator_who_interrupts_leaves_nothing_running_and_the_next_run_resumes(
    lab, chat1, mirror, bring, tmp_path
):
    play = tmp_path / "play.yml"
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", lab.inventory, play]
    going = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    partial = ["find", f"{STORE}/.llamakeep/partial", "-size", "+1M"]
    until = time.monotonic() + patience.COMMAND
    while not chat1.exec(partial, check=False).stdout and time.monotonic() < until:
        time.sleep(0.2)
    os.killpg(going.pid, 2)
    going.wait(timeout=patience.COMMAND)
    until = time.monotonic() + 15
    while chat1.exec(["test", "-e", "/run/llamakeep/models.json"], check=False).code == 0:
        assert time.monotonic() < until, "the module goes on though nobody waits for it"
        time.sleep(0.2)
    assert chat1.exec(partial).stdout
    said, _seen = bring()
    assert re.search(r"kept=[1-9]\d+ changed=True", said), said
