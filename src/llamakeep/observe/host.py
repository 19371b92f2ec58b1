"""What one host answered, put together."""

from collections.abc import Sequence
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint

from llamakeep.observe import script
from llamakeep.observe.fact import Fact
from llamakeep.observe.facts.apple import accelerator as of_apple
from llamakeep.observe.facts.clock import Clock
from llamakeep.observe.facts.copies import Found
from llamakeep.observe.reason import in_words
from llamakeep.observe.seen import Accelerator, Copy, HostFacts, Lab, Listener, SeenOllama, Service, System


def facts_of(name: str, said: dict[str, Any], facts: Sequence[Fact[Any]]) -> HostFacts:
    """Return the facts of one host from what the worker has of it."""
    if said["text"] is None or said["error"]:
        return HostFacts(host=name, reachable=False, unreachable=in_words(said["error"]), seconds=said["seconds"])
    seen, gaps = script.parse(facts, said["text"])
    lab = seen.get("lab")
    left = seen.get("receipt")
    return HostFacts(
        host=name,
        reachable=True,
        seconds=said["seconds"],
        simulated=lab is not None,
        lab=lab,
        gaps=gaps,
        system=_system(seen.get("system"), seen.get("clock"), said),
        space=seen.get("space", ()),
        listeners=seen.get("listeners", ()),
        accelerator=_accelerator(seen, lab),
        network=seen.get("network"),
        services=seen.get("services", ()),
        ollama=_ollama(seen),
        chat=seen.get("chat"),
        gateway=seen.get("gateway"),
        receipt=left.receipt if left is not None else None,
        drift=left.drift if left is not None else (),
    )


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


def _ollama(seen: dict[str, Any]) -> SeenOllama | None:
    """Return the server with every copy that lies or runs beside it."""
    server: SeenOllama | None = seen.get("ollama")
    if server is None:
        return None
    main = next((one.pid for one in seen.get("services", ()) if _is_engine(one)), None)
    copies = tuple(_copy(found, server, main, seen.get("listeners", ())) for found in seen.get("copies", ()))
    return server.model_copy(update={"copies": copies})


def _is_engine(service: Service) -> bool:
    return service.unit == "ollama.service" and service.pid is not None


def _copy(found: Found, server: SeenOllama, main: int | None, listeners: Sequence[Listener]) -> Copy:
    """Return a copy with where it listens; the one behind the door has said its version."""
    at = next((one for one in listeners if one.pid in found.pids), None)
    shown = "" if at is None else endpoint(at.address, at.port)
    behind = main in found.pids and server.answers
    return found.copy.model_copy(
        update={
            "address": found.copy.address or shown,
            "version": found.copy.version or (server.version or "" if behind else ""),
        }
    )
