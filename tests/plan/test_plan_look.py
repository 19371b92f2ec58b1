"""What is looked at beside the hosts that were chosen, and what comes of it."""

from importlib import import_module

import pytest
from lobby import desktop_host, gateway_host
from office import MISTRAL, host

from llamakeep import pipeline
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.lock.lock import Lock
from llamakeep.observe.seen import HostFacts, Observation
from llamakeep.plan.fit.result import HostFit, ModelFit
from llamakeep.services.gateway.wanted.record import WantedGateway
from llamakeep.services.ollama_models.wanted import WantedModels
from llamakeep.verify import session

SKIPPED = MISTRAL.name


def skipping(name: str, choice: str = "skip") -> Host:
    wanted = host(MISTRAL)
    choices = wanted.must_have(WantedModels).model_copy(update={"on_misfit": {SKIPPED: choice}})
    return wanted.having("ollama_models", choices).model_copy(update={"name": name})


WHOLE = Fleet(
    inventory="x",
    lock=Lock(),
    hosts=(gateway_host(), desktop_host("ann"), skipping("gpu01", "fail"), skipping("gpu02")),
)


def only(*names: str) -> Fleet:
    return WHOLE.model_copy(update={"hosts": tuple(one for one in WHOLE.hosts if one.name in names)})


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the hosts that were looked at; the model fits on none of them."""
    asked: list[str] = []

    def look(fleet: Fleet) -> Observation:
        asked.extend(one.name for one in fleet.hosts)
        seen = tuple(HostFacts(host=one.name, reachable=True) for one in fleet.hosts)
        return Observation(inventory="x", seconds=0, hosts=seen)

    misfit = HostFit(models=(ModelFit(model=SKIPPED, verdict="does not fit", estimate=None, room=0),))
    monkeypatch.setattr("llamakeep.observe.look", look)
    monkeypatch.setattr(import_module("llamakeep.services.ollama_models.planned"), "fit", lambda *_: misfit)
    return asked


@pytest.mark.parametrize("name", ["gate1", "desk1"])
def test_who_leads_to_models_is_planned_by_what_other_hosts_go_without(looked: list[str], name: str) -> None:
    seen, planned = pipeline.look(only(name), WHOLE)
    assert looked == [name, "gpu02"]
    assert [one.host for one in seen.hosts] == [one.host for one in planned.hosts] == [name]
    assert planned.left_out == {"gpu02": (SKIPPED,)}


def test_nobody_else_is_looked_at_for_a_host_that_leads_nowhere(looked: list[str]) -> None:
    _, planned = pipeline.look(only("gpu01"), WHOLE)
    assert (looked, planned.left_out) == (["gpu01"], {})


def test_the_whole_fleet_is_looked_at_once(looked: list[str]) -> None:
    pipeline.look(WHOLE, WHOLE)
    assert looked == ["gate1", "desk1", "gpu01", "gpu02"]


def test_a_gateway_alone_is_verified_by_what_other_hosts_go_without(looked: list[str]) -> None:
    verified = session._without_misfits(WHOLE, ["gate1"])
    assert looked == ["gpu02"]
    assert verified.host("gate1").must_have(WantedGateway).models == {SKIPPED: ("gpu01",)}


def test_what_the_road_has_settled_is_not_looked_at_again(looked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, planned = pipeline.look(only("gate1"), WHOLE)
    verified: list[Fleet] = []
    monkeypatch.setattr(pipeline.verify, "run", lambda fleet, **_: verified.append(fleet) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pipeline._verify(
            WHOLE,
            planned,
            pipeline.RunLog(inventory="x", seconds=0, hosts=()),
            pipeline.Console(quiet=True),
            deep=False,
        )
    looked.clear()
    assert session._without_misfits(verified[0], ["gate1"]) == verified[0]
    assert looked == []
