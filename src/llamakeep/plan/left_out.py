"""Models that a host does not get, by the inventory's own choice: they do not fit, and `on_misfit: skip` is set."""

from collections.abc import Collection

from llamakeep.inventory.fleet import Fleet, Host, WantedOllama
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.drift import model_of
from llamakeep.plan.fit.result import HostFit, ModelFit
from llamakeep.plan.front.leads import leading_elsewhere


def is_misfit(model: ModelFit, wanted: WantedOllama) -> bool:
    """Whether a model is not to lie on a host as it would; where the CPU will do, it may take a part or all of it."""
    if model.verdict in {"cpu", "spills"}:
        return wanted.require_accelerator != "none"
    return model.verdict == "does not fit"


def left_out(host: Host, fit: HostFit | None) -> tuple[str, ...]:
    """Return the models that the host does not get.

    >>> left_out(host, fit)
    ('llama3.1:70b',)
    """
    if host.ollama is None or fit is None:
        return ()
    choices = host.ollama.on_misfit
    return tuple(one.model for one in fit.models if choices.get(one.model) == "skip" and is_misfit(one, host.ollama))


def without(host: Host, names: Collection[str]) -> Host:
    """Return a host as it is to be without some of its models; what remains of them is settled."""
    if host.ollama is None:
        return host
    models = tuple(model for model in host.ollama.models if model.name not in names)
    choices = {name: choice for name, choice in host.ollama.on_misfit.items() if choice != "skip"}
    pins = {f"lock:model:{name}" for name in names}
    return host.model_copy(
        update={
            "ollama": host.ollama.model_copy(update={"models": models, "on_misfit": choices}),
            "inputs": {name: value for name, value in host.inputs.items() if name not in pins},
        }
    )


def forgotten(seen: HostFacts, names: Collection[str]) -> HostFacts:
    """Return what was seen without the drift of models that nobody brings any more."""
    if not names:
        return seen
    kept = tuple(one for one in seen.drift if one.kind not in {"model", "blob"} or model_of(one) not in names)
    return seen.model_copy(update={"drift": kept})


def settled(fleet: Fleet, names: dict[str, tuple[str, ...]]) -> Fleet:
    """Return a fleet in which every host is without its own left-out models: `names` is host -> models."""
    hosts = (without(host, names[host.name]) if host.name in names else host for host in fleet.hosts)
    return fleet.model_copy(update={"hosts": tuple(leading_elsewhere(host, names) for host in hosts)})


def in_question(fleet: Fleet, only: Collection[str]) -> tuple[Host, ...]:
    """Return the hosts beyond `only` that must be looked at as well: one of `only` leads to whatever models they have.

    >>> in_question(fleet, {"gate01"})
    (Host(name="gpu02", …),)
    """
    leads = any(host.name in only and (host.gateway or host.desktop) is not None for host in fleet.hosts)
    return tuple(host for host in may_leave_out(fleet) if host.name not in only) if leads else ()


def may_leave_out(fleet: Fleet) -> tuple[Host, ...]:
    """Return the hosts on which a model may be left out: who judges them must look at them first."""
    return tuple(host for host in fleet.hosts if host.ollama is not None and "skip" in host.ollama.on_misfit.values())
