"""What does not fit and may be left out is no claim; only who may leave one out is looked at."""

from importlib import import_module

from llamakeep.hosts.connection import Connection
from llamakeep.inventory.door import Door
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.lock.lock import Lock, LockedModel
from llamakeep.observe.seen import HostFacts, Observation
from llamakeep.plan.fit.result import HostFit, ModelFit
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.ollama_models.wanted import WantedModels
from llamakeep.verify import session
from tables import services

LARGE = LockedModel(name="llama3.1:70b", registry="", path="library/llama3.1", digest="d", size=1, manifest="{}")


def host(name, **choices):
    wanted = WantedOllama(
        version="0.34.4",
        archives={},
        store="/srv/models",
        sealed=True,
        door=Door(name="ollama-api", into="ollama.service", port=11434, at=("127.0.0.1",)),
        context_length=8192,
    )
    having = services(ollama=wanted, ollama_models=WantedModels(models=(LARGE,), on_misfit=choices))
    return Host(name=name, groups=(), connection=Connection(kind="ssh", address="192.0.2.1"), services=having)


def test_nobody_is_looked_at_where_nothing_may_be_left_out(monkeypatch):
    monkeypatch.setattr("llamakeep.observe.look", lambda fleet: 1 / 0)
    fleet = Fleet(inventory="x", lock=Lock(), hosts=(host("gpu01"), host("gpu02", **{LARGE.name: "warn"})))
    assert session._without_misfits(fleet, None) == fleet
    skipping = fleet.model_copy(update={"hosts": (host("gpu03", **{LARGE.name: "skip"}),)})
    assert session._without_misfits(skipping, ["gpu01"]) == skipping


def test_a_misfit_that_may_be_left_out_is_not_claimed(monkeypatch):
    looked = []

    def look(fleet):
        looked.extend(one.name for one in fleet.hosts)
        hosts = tuple(HostFacts(host=one.name, reachable=True) for one in fleet.hosts)
        return Observation(inventory="x", seconds=0, hosts=hosts)

    misfit = ModelFit(model=LARGE.name, verdict="does not fit", estimate=None, room=0)
    monkeypatch.setattr("llamakeep.observe.look", look)
    stage = import_module("llamakeep.services.ollama_models.planned")
    monkeypatch.setattr(stage, "fit", lambda *_: HostFit(models=(misfit,)))
    fleet = Fleet(inventory="x", lock=Lock(), hosts=(host("gpu01"), host("gpu02", **{LARGE.name: "skip"})))
    after = session._without_misfits(fleet, None)
    assert looked == ["gpu02"]
    assert [len(one.must_have(WantedModels).models) for one in after.hosts] == [1, 0]
