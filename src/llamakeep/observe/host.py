"""What one host answered, put together."""

from collections.abc import Sequence
from typing import Any

from llamakeep.observe import script
from llamakeep.observe.fact import Fact
from llamakeep.observe.facts.apple import accelerator as of_apple
from llamakeep.observe.facts.clock import Clock
from llamakeep.observe.seen import Accelerator, HostFacts, Lab, Seen, System
from llamakeep.observe.stage import stages


def facts_of(name: str, said: dict[str, Any], facts: Sequence[Fact[Any]]) -> HostFacts:
    """Return the facts of one host from what the worker has of it."""
    if said["text"] is None or said["error"]:
        return HostFacts(host=name, reachable=False, unreachable=said["error"], seconds=said["seconds"])
    seen, gaps = script.parse(facts, said["text"])
    lab = seen.get("lab")
    left = seen.get("receipt")
    made: dict[str, Any] = {
        "accelerator": _accelerator(seen, lab),
        "needs_tty": said["needs_tty"],
        "drift": left.drift if left is not None else (),
        "receipt": left.receipt if left is not None else None,
        "services": _services(seen),
        "simulated": lab is not None,
        "system": _system(seen.get("system"), seen.get("clock"), said),
        "units": seen.get("services", ()),
    }
    # A fact that is kept as it was said has the name of its field.
    kept = {name: answer for name, answer in seen.items() if name in HostFacts.model_fields}
    return HostFacts(host=name, reachable=True, seconds=said["seconds"], gaps=gaps, **(kept | made))


def _services(said: dict[str, Any]) -> dict[str, Seen]:
    found = {name: stage.seen(said) for name, stage in stages().items()}
    return {name: one for name, one in found.items() if one is not None}


def _system(system: System | None, clock: Clock | None, said: dict[str, Any]) -> System | None:
    if system is None or clock is None:
        return system
    answered = said["at"]
    off = clock.off(asked=answered - said["seconds"], answered=answered)
    return system.model_copy(update={"clock_off": off, "booted": clock.booted})


def _accelerator(seen: dict[str, Any], lab: Lab | None) -> Accelerator | None:
    """Return what the models can run on: Apple's own is not asked by the tools of others."""
    apple = seen.get("apple")
    found: Accelerator | None = of_apple(apple) if apple is not None else seen.get("accelerator")
    if found is not None and lab is not None and lab.gpu != "none":
        return found.model_copy(update={"simulated": True})
    return found
