"""A plan on a terminal: what stands in the way, what would change and why, and what to do next."""

from collections.abc import Iterator

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from rich.console import Console
from rich.text import Text

from llamakeep.plan.fit.page import in_short, lines
from llamakeep.plan.plan import Change, Finding, HostPlan, Plan

_LINES = 12  # of one host; `--host` shows all of them
_MARKS = {"blocked": ("✗", "red"), "to change": ("~", "yellow"), "as wanted": ("✓", "green")}
_NAMES_IN_A_ROW = 6


def show(plan: Plan, console: Console, host: str | None = None) -> None:
    """Print a plan; with `host` that one alone, and in full."""
    chosen = [one for one in plan.hosts if host in (None, one.host)]
    count = len(plan.hosts)
    console.print(
        f"{plan.inventory} · {count} host{'s' if count != 1 else ''} · observed in {plan.seconds:.1f} s\n",
        style="bold",
        soft_wrap=True,
    )
    indent = min(max((len(one.host) for one in chosen), default=0), 24) + 4
    for names, one in _alike([one for one in chosen if one.state != "as wanted" or _warns(one)]):
        for line in _block(names, one, indent, None if host else _LINES):
            console.print(line, soft_wrap=True)
    wanted = [one.host for one in chosen if one.state == "as wanted"]
    if wanted:
        console.print(_as_wanted(wanted))
    if plan.unmanaged and host is None:
        console.print(
            f"\N{EN DASH} {', '.join(plan.unmanaged)}: in no group that a role manages",
            style="dim",
            soft_wrap=True,
        )
    if host is not None:
        for one in chosen:
            _show_fit(one, console)
        return
    for note in plan.notes:
        console.print(f"\N{EN DASH} {note}", style="dim", markup=False, soft_wrap=True)
    console.print()
    console.print(summary(plan), style="bold", soft_wrap=True)


def refusals(plan: Plan, console: Console) -> None:
    """Print what stands in the way or must be known, and none of the changes: what `observe` adds to its table."""
    shown = [one.model_copy(update={"changes": ()}) for one in plan.hosts if one.findings]
    indent = min(max((len(one.host) for one in shown), default=0), 24) + 4
    for names, one in _alike(shown):
        for line in _block(names, one, indent, _LINES):
            console.print(line, soft_wrap=True)


def summary(plan: Plan) -> str:
    """Return the counts in one line.

    >>> summary(plan)
    '12 hosts: 9 as wanted, 2 to change, 1 blocked · 4.1 GiB to download'
    """
    if not plan.hosts:
        return "no host that a role manages"
    states = [host.state for host in plan.hosts]
    parts = [f"{states.count(state)} {state}" for state in ("as wanted", "to change", "blocked") if state in states]
    size = sum(change.size for host in plan.hosts if host.state == "to change" for change in host.changes)
    count = f"{len(states)} host{'s' if len(states) != 1 else ''}: {', '.join(parts)}"
    return f"{count} · {readable(size)} to download" if size else count


def following(plan: Plan, arguments: str) -> str:
    """Return the command that comes next; `arguments` name the fleet."""
    states = {host.state for host in plan.hosts}
    if "to change" in states:
        return f"llamakeep up {arguments}"
    if "blocked" in states:
        first = next(host.host for host in plan.hosts if host.state == "blocked")
        return f"llamakeep plan {arguments} --host {first}"
    return f"llamakeep verify {arguments}" if states else f"llamakeep show {arguments}"


def _warns(host: HostPlan) -> bool:
    return bool(host.findings)


def _alike(hosts: list[HostPlan]) -> Iterator[tuple[list[str], HostPlan]]:
    """Put hosts together of which the same is to be said; those that are blocked come first."""
    order = ("blocked", "to change", "as wanted")
    groups: dict[tuple[tuple[Finding, ...], tuple[Change, ...], tuple[str, ...]], list[HostPlan]] = {}
    for host in sorted(hosts, key=lambda one: order.index(one.state)):
        shown = tuple(_left(change, _fits(host)) for change in host.changes)
        groups.setdefault((host.findings, host.changes, shown), []).append(host)
    for group in groups.values():
        yield [host.host for host in group], group[0]


def _block(names: list[str], host: HostPlan, indent: int, most: int | None) -> Iterator[Text]:
    """Return the lines of one host, or of several of which the same is to be said; at most `most` of them."""
    mark, style = _MARKS[host.state]
    lines = [*_findings(host)]
    if host.state != "blocked" or most is None:
        lines += _changes(host)
    if most is not None and len(lines) > most + 1:
        rest = f"… {len(lines) - most} more lines: plan --host {names[0]}"
        lines = [*lines[:most], Text(rest, style="dim")]
    head = Text.assemble((f"{mark} ", style), (_several(names), "bold"))
    if len(head) + 2 <= indent:
        head.append(" " * (indent - len(head)))
        head.append_text(lines.pop(0))
    yield head
    for line in lines:
        yield Text(" " * indent) + line


def _show_fit(host: HostPlan, console: Console) -> None:
    """Print what each model needs of the host's memory."""
    if host.fit is None or not host.fit.models:
        return
    played = " (simulated)" if host.fit.simulated else ""
    console.print(f"\nfit{played}", style="bold")
    for line in lines(host.fit):
        console.print(Text("  ") + line, soft_wrap=True)


def _several(names: list[str]) -> str:
    if len(names) <= _NAMES_IN_A_ROW:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMES_IN_A_ROW])} and {len(names) - _NAMES_IN_A_ROW} more"


def _findings(host: HostPlan) -> Iterator[Text]:
    for finding in host.findings:
        style = "red" if finding.severity == "blocking" else "yellow"
        prefix = "" if finding.severity == "blocking" else "warning: "
        yield Text.assemble((finding.id, "dim"), "  ", (prefix + finding.found, style))
        if finding.expected:
            yield Text(f"expected: {finding.expected}")
        if finding.remedy:
            yield Text(f"→ {finding.remedy}")


def _changes(host: HostPlan) -> Iterator[Text]:
    """Return one line for each change, the reasons in a column of their own; what restarts comes last."""
    fits = _fits(host)
    left = [_left(change, fits) for change in host.changes]
    width = min(max((len(text) for text in left), default=0), 96)
    previous = ""
    for text, change in zip(left, host.changes, strict=True):
        line = Text(text)
        if change.why != previous:
            line.append(" " * max(width - len(text), 0) + f"  {change.why}", style="dim")
        previous = change.why
        yield line
    restarts = list(dict.fromkeys(unit for change in host.changes for unit in change.restarts))
    if restarts:
        waits = " (connections wait, none is refused)" if set(host.patient).intersection(restarts) else ""
        yield Text(f"restarts {', '.join(restarts)}{waits}")
    reloads = dict.fromkeys(unit for change in host.changes for unit in change.reloads if unit not in restarts)
    if reloads:
        yield Text(f"reloads {', '.join(reloads)} (no answer is cut)")


def _fits(host: HostPlan) -> dict[str, str]:
    """Return model -> how it fits, in few words."""
    return {one.model: in_short(one) for one in host.fit.models} if host.fit is not None else {}


def _left(change: Change, fits: dict[str, str]) -> str:
    """Return what changes, how much comes from where, and of a model how it fits.

    >>> _left(Change(sign="+", what="mistral:7b", why="…", size=4402341478, source="registry1:5000"), fits)
    '+ mistral:7b  4.1 GiB from registry1:5000 · fits, 5.9 of 24.0 GiB at 8192 context'
    """
    size = f"  {readable(change.size)}" if change.size else ""
    source = f"{' ' if size else '  '}from {change.source}" if change.source else ""
    fit = fits.get(change.what.partition(" ")[0], "")
    sign = "\N{MINUS SIGN}" if change.sign == "-" else change.sign
    return f"{sign} {change.what}{size}{source}{f' · {fit}' if fit else ''}"


def _as_wanted(names: list[str]) -> Text:
    if len(names) == 1:
        return Text.assemble(("✓ ", "green"), (names[0], "bold"), " is as wanted")
    return Text.assemble(("✓ ", "green"), f"{len(names)} hosts are as wanted")
