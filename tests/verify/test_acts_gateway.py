"""On a real front door: each act of a person breaks its claim, with its sentence, and the way back mends it."""

import re

import pytest
from acts_gateway import ACTS, ALSO

from llamakeep import inventory
from llamakeep.services.gateway.wanted.record import WantedGateway
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from llamakeep.verify import run

pytestmark = pytest.mark.lab


def wrong(verdict):
    return [f"{each.host} {each.claim}: {each.found}" for each in verdict.checks if not each.holds]


@pytest.fixture(scope="module")
def lab(front_fleet):
    """The lab with a front door; what the other tests call by this name has none."""
    return front_fleet


@pytest.fixture(scope="module")
def fleet(lab):
    """Its fleet, proven: what fails in a test was broken by that test."""
    whole = inventory.load(str(lab.inventory))
    verdict = run(whole)
    assert verdict.holds, wrong(verdict)
    return whole


@pytest.fixture(scope="module")
def hosts(fleet):
    """The names of the chat, the gateway and the llm host on which is acted."""
    return {
        "chat": next(host.name for host in fleet.hosts if host.service(WantedOpenWebui)),
        "gateway": next(host.name for host in fleet.hosts if host.service(WantedGateway)),
        "llm": "llm1",
    }


@pytest.mark.parametrize(("on", "act"), ACTS, ids=lambda value: getattr(value, "name", ""))
def test_who_breaks_a_front_door_is_found_out(lab, fleet, hosts, on, act):
    machine = lab.host(hosts[on])
    # A model is there as long as one of its hosts is: what is done to one is done to all of them.
    machines = [lab.host(host.name) for host in fleet.hosts if "ollama" in host.services] if on == "llm" else [machine]
    verified = hosts["chat" if on == "chat" else "gateway"]
    try:
        for each in machines:
            each.exec(["sh", "-c", act.do])
        verdict = run(fleet, only=[verified])
    finally:
        for each in machines:
            each.exec(["sh", "-c", act.undo])
    broken = {each.claim: each.found for each in verdict.checks if not each.holds}
    for claim, found in {act.claim: act.found, **ALSO.get(act.name, {})}.items():
        assert claim in broken, f"verify did not notice; it said: {broken}"
        assert re.search(found.replace("{lan}", re.escape(machine.address4)), broken[claim]), broken[claim]


def test_after_every_act_was_undone_the_front_door_is_proven_again(fleet):
    verdict = run(fleet)
    assert verdict.holds, wrong(verdict)


def test_no_key_no_password_and_no_question_is_in_the_verdict(lab, fleet, hosts):
    text = run(fleet, only=[hosts["chat"], hosts["gateway"]]).model_dump_json()
    secret = lab.host(hosts["chat"]).exec(["sh", "-c", "cat /etc/llamakeep/open_webui/*"]).stdout
    for word in (word for word in secret.split() if len(word) > 12 and "@" not in word):
        assert word not in text
