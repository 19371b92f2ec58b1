"""All six stages, on real hosts."""

import json

import pytest
from kit import llamakeep, playbook, report

pytestmark = pytest.mark.lab

LLM = ("llm1", "llm2")


def test_check_mode_tells_the_truth_and_a_second_up_changes_nothing(lab):
    """On a host as it comes: --check --diff shows what would come and changes nothing; then up, then up."""
    before = lab.host("llm2").exec(["find", "/etc", "/opt", "/usr/local", "/var/lib", "-newer", "/etc/hostname"]).stdout
    bare = "/opt/llamakeep" not in before
    said, counts = playbook(lab.inventory, "--check", "--diff", "--limit", "llm2")
    assert counts["llm2"]["failed"] == 0, said
    if bare:
        assert counts["llm2"]["changed"] > 0
        assert "+PrivateNetwork=yes" in said
        assert lab.host("llm2").exec(["ls", "/opt/llamakeep"], check=False).code != 0
    first = llamakeep("up", "-i", lab.inventory)
    assert first.returncode == 0, first.stdout + first.stderr
    second = llamakeep("up", "-i", lab.inventory)
    assert second.returncode == 0, second.stdout
    assert "2 hosts are as wanted" in second.stdout or "llm1, llm2" in second.stdout
    assert "converged" not in second.stdout


def test_plain_ansible_agrees_that_nothing_is_to_do(fleet):
    said, counts = playbook(fleet.inventory)
    assert {host: count["changed"] + count["failed"] for host, count in counts.items()} == dict.fromkeys(LLM, 0), said
    said, counts = playbook(fleet.inventory, "--check", "--diff")
    assert {host: count["changed"] + count["failed"] for host, count in counts.items()} == dict.fromkeys(LLM, 0), said


def test_one_host_that_fails_neither_stops_nor_hides_the_other(fleet):
    """Another program holds the port of llm2, and llm1 has a drift to mend."""
    one, two = fleet.host("llm1"), fleet.host("llm2")
    two.exec(["systemctl", "stop", "ollama-api.socket", "ollama-api.service"])
    squatter = "import socket,time; s=socket.create_server(('127.0.0.1',11434)); time.sleep(300)"
    two.exec(["systemd-run", "--collect", "--unit=squatter", "--quiet", "python3", "-c", squatter])
    one.exec(["chmod", "0600", "/etc/systemd/system/ollama.service"])
    try:
        done = llamakeep("up", "-i", fleet.inventory)
        assert done.returncode == 1, done.stdout
        assert "python3" in done.stdout
        assert "11434" in done.stdout
        assert one.exec(["stat", "-c", "%a", "/etc/systemd/system/ollama.service"]).stdout.strip() == "644"
    finally:
        two.exec(["systemctl", "stop", "squatter"], check=False)
        mended = llamakeep("up", "-i", fleet.inventory)
    assert mended.returncode == 0, mended.stdout


def test_an_unreachable_host_is_a_finding_beside_the_others(fleet, tmp_path):
    two = fleet.host("llm2")
    two.container.pause()
    try:
        done = llamakeep("plan", "-i", fleet.inventory)
    finally:
        two.container.unpause()
    assert done.returncode == 1, done.stdout
    assert "✗ llm2" in done.stdout
    assert "llm1" in done.stdout


def test_every_verb_speaks_json(fleet, tmp_path):
    """In a folder of its own: `report` takes the newest run, and others may be at work beside this test."""
    for verb in ("show", "observe", "plan", "verify"):
        done = llamakeep(verb, "-i", fleet.inventory, "--json", cwd=tmp_path)
        assert done.returncode == 0, f"{verb}: {done.stdout}{done.stderr}"
        assert json.loads(done.stdout)["inventory"] == str(fleet.inventory)
    assert report("report", "-i", fleet.inventory, cwd=tmp_path)["hosts"]
