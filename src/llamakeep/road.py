"""The whole road: look, plan, converge what differs, look again by judging, report."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from llamakeep import collection, converge, outlook, report, runs, typed, verify
from llamakeep.converge.log import HostLog, RunLog
from llamakeep.inventory.fleet import Fleet
from llamakeep.plan import page
from llamakeep.plan.left_out import settled
from llamakeep.plan.plan import HostPlan, Plan
from llamakeep.sizes import duration
from llamakeep.verify.check import Verdict
from llamakeep.verify.table import count, failures, table


@dataclass(frozen=True)
class Walked:
    """How it ended: the exit code, and where the report in JSON lies."""

    code: int
    report: Path


def walk(
    fleet: Fleet,
    console: Console,
    *,
    only: Collection[str] | None = None,
    everything: bool = False,
    deep: bool = False,
) -> Walked:
    """Walk a fleet down the road; `only` names the hosts, None means all; `everything` also those as wanted.

    A host that cannot be converged, or that fails, stops no other.
    """
    run = runs.Run(Path("runs"))
    run.save("inventory", fleet)
    chosen = fleet if only is None else fleet.only(only)
    with console.status("looking"):
        observation, planned = outlook.look(chosen, fleet, collection.kit_version())
    run.save("observe", observation)
    run.save("plan", planned)
    page.show(planned, console)
    log = _converge(fleet, planned, console, everything=everything)
    run.save("converge", log)
    verdict = _judge(fleet, planned, log, console, deep=deep)
    run.save("verify", verdict)
    paths = report.write(run.folder)
    code = exit_code(planned, log, verdict)
    _close(console, fleet, code, paths.html)
    return Walked(code, paths.json)


def _converge(fleet: Fleet, planned: Plan, console: Console, *, everything: bool) -> RunLog:
    """Run the playbook on the hosts that need it; no host, no playbook."""
    names = tuple(host.host for host in planned.hosts if _needs(host, everything=everything))
    if not names:
        return RunLog(inventory=fleet.inventory, seconds=0, hosts=())
    log = converge.run(fleet.inventory, names, console, left_out=planned.left_out)
    changed = sum(host.state == "changed" for host in log.hosts)
    console.print(f"converged {len(names)} in {duration(log.seconds)}: {changed} changed", style="bold")
    for host in log.hosts:
        _show(host, console)
    console.print()
    return log


def _needs(host: HostPlan, *, everything: bool) -> bool:
    return host.state == "to change" or (everything and host.state == "as wanted")


def _show(host: HostLog, console: Console) -> None:
    for line in "\n".join(host.said).splitlines():
        console.print(f"! {host.host}  {line}", style="yellow", markup=False, soft_wrap=True)
    if host.failure is None:
        return
    console.print(f"✗ {host.host}  {host.state} at: {host.failure.task}", style="red", markup=False)
    for line in host.failure.message.splitlines():
        console.print(f"    {line}", markup=False, soft_wrap=True)


def _judge(fleet: Fleet, planned: Plan, log: RunLog, console: Console, *, deep: bool) -> Verdict:
    """Judge every host that could be reached and has not failed; the others are named by plan and log."""
    lost = {host.host for host in planned.hosts if host.state == "cannot"}
    lost |= {host.host for host in log.hosts if host.failure is not None}
    judged = [host.host for host in planned.hosts if host.host not in lost]
    if not judged:
        return Verdict(inventory=fleet.inventory, seconds=0, checks=())
    # What the plan left out is no claim; that it may be left out is settled, so nobody looks again.
    as_planned = settled(fleet, {host.host: host.left_out for host in planned.hosts} | planned.elsewhere)
    with console.status("judging"):
        verdict = verify.judge(as_planned, deep=deep, only=judged)
    console.print(table(verdict))
    console.print()
    for line in failures(verdict):
        console.print(line)
    for note in verdict.notes:
        console.print(f"note: {note}", style="dim", markup=False, soft_wrap=True)
    console.print(count(verdict))
    return verdict


def exit_code(planned: Plan, log: RunLog, verdict: Verdict) -> int:
    """Return 2 where something could not be carried out, 1 where something is not as wanted, else 0."""
    if any(host.failure is not None for host in log.hosts):
        return 2
    blocked = [host for host in planned.hosts if host.state == "cannot"]
    if blocked and len(blocked) == len(planned.hosts):
        return 2
    return 0 if verdict.holds and not blocked else 1


def _close(console: Console, fleet: Fleet, code: int, html: Path) -> None:
    console.print(f"report: {html}", soft_wrap=True)
    verb = "verify" if code == 0 else "plan"
    console.print(f"next: llamakeep {verb} {typed.fleet(fleet.inventory)}", soft_wrap=True)
