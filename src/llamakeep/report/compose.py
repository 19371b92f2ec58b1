"""From the records of a run to its report."""

from collections.abc import Iterable
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import without_passwords
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit as kit_files

from llamakeep.converge.log import HostLog
from llamakeep.inventory.door import Door
from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import Accelerator, Gpu, HostFacts, System
from llamakeep.plan.fit.page import arithmetic, in_short
from llamakeep.plan.plan import HostPlan
from llamakeep.report.front import chat_line, desktop_line, gateway_line
from llamakeep.report.records import Records
from llamakeep.report.summary import DoorLine, HostReport, ModelLine, Report
from llamakeep.services.chatbox.wanted import WantedChatbox
from llamakeep.services.gateway.wanted import WantedGateway
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.ollama_models.wanted import WantedModels
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from llamakeep.verify.check import Check

_STAND_IN = "standin"  # in the version of the program that the lab plays Ollama with


def compose(records: Records) -> Report:
    """Return the report of a run."""
    verdict = records.verdict
    report = Report(
        inventory=records.inventory,
        run=records.folder.name,
        kit=kit_files.version(),
        seconds=verdict.seconds if verdict else 0.0,
        missing=records.missing,
        notes=verdict.notes if verdict else (),
        hosts=tuple(_host(name, records) for name in _names(records)),
    )
    return Report.model_validate(_without_passwords(report.model_dump(mode="json")))


def _without_passwords(value: Any) -> Any:
    """Return a value in JSON's types with the secret of every URL struck out."""
    if isinstance(value, dict):
        return {key: _without_passwords(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_passwords(inner) for inner in value]
    return without_passwords(value) if isinstance(value, str) else value


def _names(records: Records) -> list[str]:
    """Return every host that any stage knows of, in the inventory's order."""
    names: dict[str, None] = {}
    for found in (records.fleet, records.observation, records.plan, records.log):
        for host in found.hosts if found else ():
            names[host.name if isinstance(host, Host) else host.host] = None
    for check in records.verdict.checks if records.verdict else ():
        names[check.host] = None
    return list(names)


def _host(name: str, records: Records) -> HostReport:
    wanted = next((host for host in records.fleet.hosts if host.name == name), None) if records.fleet else None
    facts = _of(records.observation.hosts, name) if records.observation else None
    plan = _of(records.plan.hosts, name) if records.plan else None
    log = _of(records.log.hosts, name) if records.log else None
    checks = tuple(check for check in records.verdict.checks if check.host == name) if records.verdict else ()
    chat = wanted.service(WantedOpenWebui) if wanted else None
    gateway = wanted.service(WantedGateway) if wanted else None
    chatbox = wanted.service(WantedChatbox) if wanted else None
    return HostReport(
        name=name,
        groups=wanted.groups if wanted else (),
        state=_state(facts, plan, log, checks),
        simulated=tuple(_simulated(facts)),
        network=_network(wanted) if wanted else "",
        system=_system(facts.system) if facts and facts.system else "",
        accelerator=_accelerator(facts.accelerator) if facts and facts.accelerator else "",
        serves=(facts.ollama.version or "") if facts and facts.ollama else "",
        doors=tuple(_doors(wanted)) if wanted else (),
        models=tuple(_models(wanted, plan, checks)) if wanted else (),
        chat=chat_line(chat, facts.chat if facts else None) if chat else None,
        gateway=gateway_line(gateway, facts.gateway if facts else None, records.folder.name) if gateway else None,
        desktop=desktop_line(chatbox) if chatbox else None,
        plan=plan.state if plan else "",
        findings=plan.findings if plan else (),
        changes=plan.changes if plan else (),
        converged=log,
        checks=checks,
    )


def _network(wanted: Host) -> str:
    """Return what is wanted of the network of those of its services that could be sealed."""
    server = wanted.service(WantedOllama)
    if server is None:
        return "sealed" if wanted.service(WantedOpenWebui) else ""
    return "sealed" if server.sealed else "open"


def _of[T: (HostFacts, HostPlan, HostLog)](hosts: Iterable[T], name: str) -> T | None:
    return next((host for host in hosts if host.host == name), None)


def _state(
    facts: HostFacts | None, plan: HostPlan | None, log: HostLog | None, checks: tuple[Check, ...]
) -> str:  # fmt: skip
    """Return the one word for a host; the latest stage that says something has the last word."""
    if checks and all(check.holds for check in checks):
        return "proven"
    if any(not check.holds and check.checked for check in checks):
        return "not as claimed"
    if checks:
        return "could not be checked"
    if log is not None and log.state in {"failed", "unreachable"}:
        return log.state
    if facts is not None and not facts.reachable:
        return "unreachable"
    return plan.state if plan is not None else "no claims"


def _simulated(facts: HostFacts | None) -> Iterable[str]:
    if facts is not None and facts.simulated:
        yield "a host of the lab, not a machine of its own"
    if facts is not None and facts.accelerator is not None and facts.accelerator.simulated:
        yield "its GPU is played from recorded output"
    if facts is not None and facts.ollama is not None and _STAND_IN in (facts.ollama.version or ""):
        yield "a stand-in serves in place of the real Ollama"


def _system(system: System) -> str:
    return f"{system.os_name}, {system.architecture}, {system.cpus} CPUs, {readable(system.memory)}"


def _accelerator(accelerator: Accelerator) -> str:
    if not accelerator.gpus:
        return ": ".join(filter(None, (accelerator.cause, accelerator.detail))) or accelerator.kind
    return "; ".join(_gpu(gpu) for gpu in accelerator.gpus)


def _gpu(gpu: Gpu) -> str:
    memory = readable(gpu.memory) if gpu.memory is not None else "the machine's memory"
    return ", ".join(filter(None, (gpu.name, memory, f"driver {gpu.driver}" if gpu.driver else "", gpu.fault)))


def _doors(wanted: Host) -> Iterable[DoorLine]:
    """Return the doors of one host: what leads to its models, and to its chat."""
    for part in (wanted.service(WantedOllama), wanted.service(WantedOpenWebui)):
        if part is not None:
            yield _door(part.door)


def _door(door: Door) -> DoorLine:
    groups = ", ".join(door.groups)
    sources = f" ({', '.join(door.sources)})" if door.sources else ""
    who = f"this host, {groups}{sources}" if groups else "this host only"
    return DoorLine(name=door.name, into=door.into, port=door.port, at=door.at, who=who)


def _models(wanted: Host, plan: HostPlan | None, checks: tuple[Check, ...]) -> Iterable[ModelLine]:
    fits = {one.model: one for one in plan.fit.models} if plan is not None and plan.fit is not None else {}
    having = wanted.service(WantedModels)
    for model in having.models if having else ():
        about = [check for check in checks if check.subject == "models" and check.about == model.name]
        wrong = [check.found for check in about if not check.holds]
        state = "; ".join(wrong) if wrong else "whole" if about else "not checked"
        fit = fits.get(model.name)
        yield ModelLine(
            name=model.name,
            digest=model.digest,
            size=model.size,
            state=state,
            fit=in_short(fit) if fit is not None else "",
            arithmetic=arithmetic(fit.estimate) if fit is not None and fit.estimate is not None else "",
        )
