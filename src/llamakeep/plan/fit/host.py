"""Every model of one host, held against what the host has."""

from llamakeep.observe.seen import HostFacts
from llamakeep.plan.fit import devices
from llamakeep.plan.fit.result import HostFit, ModelFit
from llamakeep.plan.fit.serving import Serving
from llamakeep.plan.fit.together import together
from llamakeep.plan.fit.verdict import verdict_of


def fit(wanted: Serving, seen: HostFacts) -> HostFit:
    """Return for each model whether it fits, with its arithmetic, and how many of them at once; nobody is asked."""
    simulated = seen.simulated or (seen.accelerator is not None and seen.accelerator.simulated)
    if seen.accelerator is None:
        why = "what the host computes with could not be seen"
        unsaid = (
            ModelFit(model=one.name, verdict="cannot say", estimate=None, room=0, why=why) for one in wanted.models
        )
        return HostFit(models=tuple(unsaid), simulated=simulated)
    gpus, cpu = devices.gpus(wanted, seen), devices.cpu(wanted, seen)
    return HostFit(
        models=tuple(verdict_of(model, wanted, gpus, cpu) for model in wanted.models),
        together=together(wanted, gpus, cpu),
        simulated=simulated,
    )
