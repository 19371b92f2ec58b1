"""On real hosts: each act of a person breaks its claim, with its sentence, and the way back mends it."""

import re

import pytest
from acts import ACTS

from llamakeep import inventory
from llamakeep.services.ollama_models.wanted import WantedModels
from llamakeep.verify import run

pytestmark = pytest.mark.lab

BROKEN = "llm1"


def wrong(verdict):
    return [f"{each.host} {each.claim}: {each.found}" for each in verdict.checks if not each.holds]


@pytest.fixture(scope="module")
def fleet(fleet_of_servers):
    """The lab's fleet, converged and proven: what fails in a test was broken by that test."""
    whole = inventory.load(str(fleet_of_servers.inventory))
    verdict = run(whole)
    assert verdict.holds, wrong(verdict)
    return whole


@pytest.fixture
def words(lab, fleet):
    """What stands for the placeholders of an act."""
    machine, models = lab.host(BROKEN), fleet.host(BROKEN).must_have(WantedModels).models
    largest = max(models, key=lambda model: model.size)
    manifest = f"{largest.path}/{largest.name.rpartition(':')[2]}"
    return {"lan": machine.address4, "lan6": machine.address6, "model": largest.name, "manifest": manifest}


def filled(text, words, quote=str):
    """Put words into a text in which other braces stand for themselves."""
    return re.sub(r"\{(lan6?|model|manifest)\}", lambda match: quote(words[match.group(1)]), text)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_who_breaks_a_host_is_found_out(lab, fleet, words, act):
    machine = lab.host(BROKEN)
    try:
        machine.exec(["sh", "-c", filled(act.do, words)])
        verdict = run(fleet, only=[BROKEN])
    finally:
        machine.exec(["sh", "-c", filled(act.undo, words)])
    broken = {each.claim: each.found for each in verdict.checks if not each.holds}
    claim = filled(act.claim, words)
    assert claim in broken, f"verify did not notice; it said: {broken}"
    assert re.search(filled(act.found, words, re.escape), broken[claim]), broken[claim]


def test_after_every_act_was_undone_the_fleet_is_proven_again(fleet):
    verdict = run(fleet, deep=True)
    assert verdict.holds, wrong(verdict)


def test_an_unreachable_host_is_named_and_hides_no_other(lab, fleet):
    machine = lab.host("llm2")
    machine.exec(["systemctl", "stop", "ssh.service"])
    machine.exec(["systemctl", "stop", "ssh.socket"], check=False)
    machine.exec(["pkill", "--full", "sshd"], check=False)  # and the connection that is kept
    try:
        verdict = run(fleet)
    finally:
        machine.exec(["systemctl", "start", "ssh.service"])
    lost = [each for each in verdict.checks if each.host == "llm2" and each.subject != "reach"]
    assert not any(each.holds or each.checked for each in lost)
    assert all(each.holds for each in verdict.checks if each.host == "llm1")


def test_no_secret_and_no_prompt_is_in_the_verdict(fleet):
    text = run(fleet, only=[BROKEN]).model_dump_json()
    assert "PRIVATE KEY" not in text
    assert "capital of France" not in text
