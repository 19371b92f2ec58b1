"""Models that a host's memory does not hold as they should lie, and what the inventory says to that."""

from collections.abc import Iterator

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable

from llamakeep.inventory.fleet import Host
from llamakeep.inventory.model_list import NAMES
from llamakeep.inventory.model_server import ModelServer
from llamakeep.observe.seen import HostFacts, SeenModelServer
from llamakeep.plan.cause import place_of
from llamakeep.plan.fit.page import in_short
from llamakeep.plan.fit.result import HostFit, ModelFit
from llamakeep.plan.fit.words import words
from llamakeep.plan.plan import Finding
from llamakeep.services.ollama_models.wanted import WantedModels


def is_misfit(model: ModelFit, server: ModelServer) -> bool:
    """Whether a model is not to lie on a host as it would; where the CPU will do, it may take a part or all of it."""
    if model.verdict in {"cpu", "spills"}:
        return server.require_accelerator != "none"
    return model.verdict == "does not fit"


def misfits(host: Host, server: ModelServer, wanted: WantedModels, seen: HostFacts, fit: HostFit) -> Iterator[Finding]:
    """Return a finding for each model that does not lie on the host as it should."""
    played = " (simulated)" if fit.simulated else ""
    # That there is no GPU is said once, not for each model.
    gone = seen.accelerator is not None and seen.accelerator.kind in {"none", "broken"}
    is_said_once = gone and server.require_accelerator != "none"
    for model in fit.models:
        choice = wanted.on_misfit.get(model.model, "fail")
        if model.verdict == "cannot say":
            yield Finding(
                id="model-fit-unknown",
                severity="warning",
                found=f"{model.model}: cannot say whether it fits: {model.why}",
                remedy="llamakeep lock reads the numbers of a model that the lock lacks them of",
            )
        elif not is_misfit(model, server):
            yield from _slow(model, played)
        elif choice == "skip":
            kept = "; it stays where it is" if _is_there(model.model, seen) else ""
            yield Finding(
                id="model-left-out",
                severity="warning",
                found=f"{model.model} is left out{kept} (on_misfit: skip){played}: {in_short(model)}",
            )
        elif not is_said_once:
            yield Finding(
                id="model-does-not-fit",
                severity="blocking" if choice == "fail" else "warning",
                found=f"{model.model}{played}: {words(model)}",
                expected=_expected(server, model),
                remedy=_remedy(host, server, model, ("warn", "skip") if choice == "fail" else ("skip",)),
            )


def _slow(model: ModelFit, played: str) -> Iterator[Finding]:
    """Warn of a model that lies on GPU and CPU where the inventory says that the CPU will do."""
    if model.verdict == "spills":
        yield Finding(
            id="model-partly-on-cpu",
            severity="warning",
            found=f"{model.model}{played}: {words(model)}",
            remedy="Ollama will not say so; it answers more slowly",
        )


def _expected(wanted: ModelServer, model: ModelFit) -> str:
    if wanted.require_accelerator == "none" and model.estimate is not None:
        return f"{readable(model.estimate.needed)} of memory that is free"
    if model.estimate is None:
        return "a model that lies on the GPUs whole"
    one = model.estimate
    at_once = f" for each of {one.parallel} requests" if one.parallel > 1 else ""
    return f"all of it on GPUs, with {one.context} tokens{at_once}"


def _remedy(host: Host, server: ModelServer, model: ModelFit, choices: tuple[str, ...]) -> str:
    """Name the variables that decide, and their places."""
    ways: list[str] = []
    if _cache_decides(model):
        ways += server.smaller_cache(lambda option: host.places.get(option, "its default"))
    ways.append(f"name a smaller one in {place_of(host, NAMES)}")
    ways.append(f"or write there {{name: {model.model}, on_misfit: {' or '.join(choices)}}}")
    return "; ".join(ways)


def _cache_decides(model: ModelFit) -> bool:
    """Whether the model would have room with next to no context; else only a smaller one helps."""
    one = model.estimate
    return one is None or one.needed - one.cache - one.compute <= model.room


def _is_there(name: str, seen: HostFacts) -> bool:
    """Whether the server lists the model, or a converge left it."""
    server = seen.service(SeenModelServer)
    if server is not None and any(one.name == name for one in server.models):
        return True
    left = seen.receipt.managed.get("ollama_models", {}).get("models", ()) if seen.receipt is not None else ()
    return any(one["name"] == name for one in left)
