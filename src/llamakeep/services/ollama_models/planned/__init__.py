"""The models' part in the plan."""

from collections.abc import Iterator

from llamakeep.inventory.fleet import Host
from llamakeep.inventory.model_list import NAMES
from llamakeep.inventory.model_server import ModelServer
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.fit import fit
from llamakeep.plan.fit.result import HostFit
from llamakeep.plan.fit.serving import serving_of
from llamakeep.plan.plan import Change, Finding
from llamakeep.plan.stage import Case, Effect, LeftOut, PlannedStage, Room
from llamakeep.services.ollama_models.planned import changes
from llamakeep.services.ollama_models.planned.misfit import is_misfit, misfits
from llamakeep.services.ollama_models.planned.missing import bytes_to_bring, models_to_bring
from llamakeep.services.ollama_models.wanted import WantedModels

NAME = "ollama_models"


class Stage(PlannedStage[WantedModels]):
    """Which models would come to one host, and whether they fit."""

    kind = WantedModels
    announced = frozenset({NAMES})
    effects = {"ollama_models_": Effect()}
    drifts = changes.DRIFTS

    def fit(self, host: Host, wanted: WantedModels, seen: HostFacts) -> HostFit | None:
        """Return how the models lie in the memory of a host, as its server loads them."""
        server = host.service(ModelServer)
        return fit(serving_of(server, wanted.models), seen) if server is not None else None

    def findings(self, case: Case, wanted: WantedModels) -> Iterator[Finding]:
        """Return the models that do not lie on the host as they should."""
        server = case.host.service(ModelServer)
        if server is not None and case.fit is not None:
            yield from misfits(case.host, server, wanted, case.seen, case.fit)

    def room(self, case: Case, wanted: WantedModels) -> Iterator[Room]:
        """Return the bytes of the models that are not there yet."""
        server = case.host.service(ModelServer)
        if server is not None:
            missing = models_to_bring(wanted, case.seen)
            yield Room(server.store, bytes_to_bring(missing, case.seen), ", ".join(model.name for model in missing))

    def first(self, case: Case, wanted: WantedModels, _why: str) -> Iterator[Change]:
        """Return the models that come to a host that has had none of ours."""
        return changes.models(case, wanted)

    def content(self, case: Case, wanted: WantedModels) -> Iterator[Change]:
        """Return the models that come, move, or are not whole."""
        return changes.content(case, wanted)

    def left_out(self, host: Host, wanted: WantedModels, fit: HostFit | None) -> tuple[str, ...]:
        """Return the models that do not fit and of which the inventory says `skip`."""
        server = host.service(ModelServer)
        if server is None or fit is None:
            return ()
        choices = wanted.on_misfit
        return tuple(one.model for one in fit.models if choices.get(one.model) == "skip" and is_misfit(one, server))

    def may_leave_out(self, wanted: WantedModels) -> bool:
        """Tell whether the inventory says `skip` of any model."""
        return "skip" in wanted.on_misfit.values()

    def without(self, host: Host, wanted: WantedModels, left_out: LeftOut) -> Host:
        """Return a host as it is to be without its own left-out models; what remains of them is settled."""
        if host.name not in left_out:
            return host
        names = left_out[host.name]
        models = tuple(model for model in wanted.models if model.name not in names)
        choices = {name: choice for name, choice in wanted.on_misfit.items() if choice != "skip"}
        pins = {f"lock:model:{name}" for name in names}
        inputs = {name: value for name, value in host.inputs.items() if name not in pins}
        kept = wanted.model_copy(update={"models": models, "on_misfit": choices})
        return host.having(NAME, kept).model_copy(update={"inputs": inputs})
