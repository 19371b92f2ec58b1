"""What stands in the way on one host, before anything is touched."""

from collections.abc import Iterator
from datetime import UTC, datetime

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.fit.result import HostFit
from llamakeep.plan.left_out import left_out, without
from llamakeep.plan.machine import machine_findings
from llamakeep.plan.plan import Finding
from llamakeep.plan.port import port_taken
from llamakeep.plan.room import no_room
from llamakeep.plan.stage import Case, parts
from llamakeep.plan.store import store_findings
from llamakeep.plan.vulnerability import vulnerabilities


def findings_for(
    host: Host, seen: HostFacts, fit: HostFit | None = None, now: datetime | None = None
) -> tuple[Finding, ...]:
    """Return what the operator must know; blocking ones first.

    `fit` is how the models lie on the GPUs, `now` the time in UTC.
    """
    if not seen.reachable:
        return (_unreachable(host, seen),)
    case = Case(host, seen, now or datetime.now(UTC), fit)
    found = [*_gaps(host, seen)]
    if seen.system is not None:
        found += machine_findings(host, seen.system)
    found += [*port_taken(host, seen), *vulnerabilities(case)]
    settled = without(host, {host.name: left_out(host, fit)})
    found += [*no_room(case._replace(host=settled)), *store_findings(host, seen)]
    for _, stage, wanted in parts(host):
        found += stage.findings(case, wanted)
    return tuple(sorted(found, key=lambda finding: finding.severity != "blocking"))


def _unreachable(host: Host, seen: HostFacts) -> Finding:
    """Say why a host cannot be reached, and what may help."""
    address = host.connection.address
    if "not in known_hosts" in seen.unreachable:
        remedy = f"compare its key with the one that it has, then: ssh-keyscan {address} >> ~/.ssh/known_hosts"
    elif "not the one in known_hosts" in seen.unreachable:
        remedy = f"if the host was installed anew: ssh-keygen -R {address}, then add its new key"
    else:
        user = f"{host.connection.user}@" if host.connection.user else ""
        remedy = f"does `ssh {user}{address}` work from here?"
    return Finding(
        id="host-unreachable", severity="blocking", found=f"cannot be reached: {seen.unreachable}", remedy=remedy
    )


def _gaps(host: Host, seen: HostFacts) -> Iterator[Finding]:
    """Report the questions that went unanswered; nothing is touched without knowing the machine and what it has."""
    needed = {"system"} if seen.system is None else set()
    for _, stage, wanted in parts(host):
        needed |= stage.needs_answers(wanted)
    for gap in seen.gaps:
        if gap.partition(":")[0] in needed:
            remedy = f"look again: llamakeep observe; if it stays so, see what holds {host.name} up"
            yield Finding(id="fact-missing", severity="blocking", found=f"could not be seen: {gap}", remedy=remedy)
        else:
            yield Finding(id="fact-missing", severity="warning", found=f"could not be seen: {gap}")
