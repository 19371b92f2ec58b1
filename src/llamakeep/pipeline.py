"""The six stages in order: look, plan, converge what differs, look again by verifying, report."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import duration
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit as kit_files
from rich.console import Console

from llamakeep import converge, hint, observe, plan, report, runs, state, verify
from llamakeep.converge.log import HostLog, RunLog
from llamakeep.hosts import settings
from llamakeep.inventory.fleet import Fleet
from llamakeep.observe.seen import Observation
from llamakeep.plan import page
from llamakeep.plan.left_out import in_question, settled
from llamakeep.plan.plan import HostPlan, Plan
from llamakeep.verify.check import Verdict
from llamakeep.verify.table import count, failures, table


@dataclass(frozen=True)
class Outcome:
    """How it ended: the exit code, and where the report in JSON lies."""

    code: int
    report: Path


def run(
    fleet: Fleet,
    console: Console,
    *,
    only: Collection[str] | None = None,
    everything: bool = False,
    deep: bool = False,
) -> Outcome:
    """Take a fleet through all stages; `only` names the hosts, None means all; `everything` also those as wanted.

    A host that cannot be converged, or that fails, stops no other.
    """
    kept = runs.Run(state.runs(fleet.inventory))  # before anything is touched: a run that leaves no trace is refused
    kept.save("inventory", fleet)
    chosen = fleet if only is None else fleet.only(only)
    kit = kit_files.version()
    if note := settings.note(len(fleet.hosts)):
        console.print(f"note: {note}", style="dim", markup=False, soft_wrap=True)
    with console.status("observing"):
        observation, planned = look(chosen, fleet, kit)
    kept.save("observe", observation)
    kept.save("plan", planned)
    page.show(planned, console)
    log = _converge(fleet, planned, console, everything=everything)
    kept.save("converge", log)
    if note := state.remember(fleet.inventory, kit, log.hosts):
        console.print(f"note: {note}", style="yellow", markup=False, soft_wrap=True)
    verdict = _verify(fleet, planned, log, console, deep=deep)
    kept.save("verify", verdict)
    paths = report.write(kept.folder)
    code = exit_code(planned, log, verdict)
    _close(console, fleet, code, paths.html)
    return Outcome(code, paths.json)


def look(chosen: Fleet, whole: Fleet, kit: str | None = None) -> tuple[Observation, Plan]:
    """Return what was seen of the chosen hosts, and what would happen there; `kit` is the version that would do it.

    Where a gateway or a desktop is among them, other hosts of the whole fleet may be looked at, too: those that may go
    without a model, to which it then must not lead.
    """
    beyond = in_question(whole, {host.name for host in chosen.hosts})
    seen = observe.look(chosen.model_copy(update={"hosts": (*chosen.hosts, *beyond)}))
    planned = plan.compare(chosen, seen, kit, beyond=beyond)
    known = {host.name for host in beyond}
    return seen.model_copy(update={"hosts": tuple(one for one in seen.hosts if one.host not in known)}), planned


def _converge(fleet: Fleet, planned: Plan, console: Console, *, everything: bool) -> RunLog:
    """Run the playbook on the hosts that need it; no host, no playbook."""
    names = tuple(host.host for host in planned.hosts if _needs(host, everything=everything))
    if not names:
        return RunLog(inventory=fleet.inventory, seconds=0, hosts=())
    log = converge.run(fleet.inventory, names, console, left_out=planned.left_out, ttys=planned.ttys)
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


def _verify(fleet: Fleet, planned: Plan, log: RunLog, console: Console, *, deep: bool) -> Verdict:
    """Check every host that could be reached and has not failed; the others are named by plan and log."""
    lost = {host.host for host in planned.hosts if host.state == "blocked"}
    lost |= {host.host for host in log.hosts if host.failure is not None}
    verified = [host.host for host in planned.hosts if host.host not in lost]
    if not verified:
        return Verdict(inventory=fleet.inventory, seconds=0, checks=())
    # What the plan left out is no claim; that it may be left out is settled, so nobody looks again.
    as_planned = settled(fleet, {host.host: host.left_out for host in planned.hosts} | planned.elsewhere)
    with console.status("verifying"):
        verdict = verify.run(as_planned, deep=deep, only=verified)
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
    blocked = [host for host in planned.hosts if host.state == "blocked"]
    if blocked and len(blocked) == len(planned.hosts):
        return 2
    return 0 if verdict.holds and not blocked else 1


def _close(console: Console, fleet: Fleet, code: int, html: Path) -> None:
    console.print(f"report: {html}", soft_wrap=True)
    verb = "verify" if code == 0 else "plan"
    console.print(f"next: llamakeep {verb} {hint.fleet(fleet.inventory)}", soft_wrap=True)
