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
from llamakeep.plan.plan import HostPlan
from llamakeep.report.began import began
from llamakeep.report.line import Line
from llamakeep.report.records import Records
from llamakeep.report.stage import Case, ReportedStage, stages
from llamakeep.report.summary import DoorLine, HostReport, Report
from llamakeep.verify.check import Check


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
    return HostReport(
        name=name,
        groups=wanted.groups if wanted else (),
        state=_state(facts, plan, log, checks),
        simulated=tuple(_simulated(facts)),
        network=_network(wanted) if wanted else "",
        system=_system(facts.system) if facts and facts.system else "",
        accelerator=_accelerator(facts.accelerator) if facts and facts.accelerator else "",
        serves=_serves(facts) if facts else "",
        doors=tuple(_doors(wanted)) if wanted else (),
        services=_services(wanted, Case(began(records.folder.name), facts, plan, checks)) if wanted else {},
        plan=plan.state if plan else "",
        findings=plan.findings if plan else (),
        changes=plan.changes if plan else (),
        converged=log,
        checks=checks,
    )


def _parts(wanted: Host) -> Iterable[tuple[str, ReportedStage[Any], Any]]:
    """Return of each service of a host its name, its part in the report, and what is wanted of it."""
    for name, stage in stages().items():
        if name in wanted.services:
            yield name, stage, wanted.services[name]


def _services(wanted: Host, case: Case) -> dict[str, Line]:
    found = {name: stage.line(case, one) for name, stage, one in _parts(wanted)}
    return {name: line for name, line in found.items() if line is not None}


def _serves(facts: HostFacts) -> str:
    return ", ".join(filter(None, (stage.serves(facts) for stage in stages().values())))


def _network(wanted: Host) -> str:
    """Return what is wanted of the network of the first of its services that could be sealed."""
    sealed = (stage.sealed(one) for _, stage, one in _parts(wanted))
    return {True: "sealed", False: "open", None: ""}[next((one for one in sealed if one is not None), None)]


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
    if facts is not None:
        for stage in stages().values():
            yield from stage.simulated(facts)


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
    """Return the doors of one host: what leads to its services."""
    for _, stage, one in _parts(wanted):
        yield from map(_door, stage.doors(one))


def _door(door: Door) -> DoorLine:
    groups = ", ".join(door.groups)
    sources = f" ({', '.join(door.sources)})" if door.sources else ""
    here = f"{door.local_users} of this host" if door.local_users else "this host"
    by = " by certificate" if door.mutual else ""
    who = f"{here}, {groups}{sources}{by}" if groups else f"{here} only"
    return DoorLine(name=door.name, into=door.into, port=door.port, at=door.at, who=who)
