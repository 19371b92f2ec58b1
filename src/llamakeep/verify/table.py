"""The verdict as a person reads it: one line a host, one column a subject, then what does not hold."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from llamakeep.verify.check import Check, Verdict
from llamakeep.verify.stage import stages

_OWN = ("gpu", "receipt", "reach")  # subjects of claims that are no single service's
NOTHING = "\u2013"  # an en dash: nothing was claimed
_STYLES = {"✓": "green", "✗": "bold red", "?": "yellow", NOTHING: "dim"}
_WORDS = {"✗": "FAILED", "?": "NOT CHECKED"}


def cell(checks: Iterable[Check]) -> str:
    """Return what one subject of one host comes to.

    >>> "✓", "✗", "?" (could not be checked), NOTHING, "7/8" (models), "0.4 s" (answers)
    """
    mine = list(checks)
    if not mine:
        return NOTHING
    if any(not check.holds and check.checked for check in mine):
        wrong = "✗"
    elif any(not check.holds for check in mine):
        wrong = "?"
    else:
        wrong = ""
    if mine[0].subject == "models":
        names = {check.about for check in mine}
        whole = names - {check.about for check in mine if not check.holds}
        return f"{len(whole)}/{len(names)}"
    if mine[0].subject == "answers" and not wrong:
        return f"{mine[0].seconds:.1f} s"
    return wrong or "✓"


def subjects() -> tuple[str, ...]:
    """Return what claims are about, in the order of the table.

    >>> ("firewall", "sealed", "doors", "service", "answers", "models", …)
    """
    return (*(column for stage in stages().values() for column in stage.columns), *_OWN)


def shown(verdict: Verdict) -> list[str]:
    """Return the subjects that have a column: those of a service only where something is claimed of it."""
    claimed = {check.subject for check in verdict.checks}
    found = [column for stage in stages().values() if claimed & {*stage.columns} for column in stage.columns]
    return [*found, *_OWN, *sorted(claimed - {*subjects()})]


def rows(verdict: Verdict) -> dict[str, list[str]]:
    """Return one cell a subject for each host, in the order in which the hosts were verified.

    >>> {"gpu01": ["✓", "✓", "✓", "✓", "8/8", "0.4 s", "✓", "✓"]}
    """
    hosts = sorted({check.host for check in verdict.checks}, key=_naturally)
    columns = shown(verdict)
    return {
        host: [cell(c for c in verdict.checks if (c.host, c.subject) == (host, subject)) for subject in columns]
        for host in hosts
    }


def table(verdict: Verdict) -> Table:
    """Return the table for the terminal."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    drawn.add_column("", no_wrap=True)
    for subject in shown(verdict):
        drawn.add_column(subject, justify="center", no_wrap=True)
    for host, cells in rows(verdict).items():
        drawn.add_row(Text(host), *(Text(text, style=_style(text)) for text in cells))
    return drawn


def failures(verdict: Verdict) -> list[Text]:
    """Return, host by host, what does not hold, what was found instead, and the next command."""
    lines: list[Text] = []
    for host in sorted({check.host for check in verdict.checks if not check.holds}, key=_naturally):
        wrong = [check for check in verdict.checks if check.host == host and not check.holds]
        order = shown(verdict)
        wrong.sort(key=lambda check: order.index(check.subject))
        for found, checks in _by_finding(wrong).items():
            lines += _finding(host, found, checks)
        journal = dict.fromkeys(line for check in wrong for line in check.found.split("\n")[1:])
        lines += [Text(line, style="dim") for line in journal]
        # What is known to be wrong is mended first; it may be why the rest could not be checked.
        known = [check for check in wrong if check.checked] or wrong
        lines += [Text(f"  → {remedy}") for remedy in dict.fromkeys(check.remedy for check in known) if remedy]
    return lines


def count(verdict: Verdict) -> str:
    """Return the sum in words.

    >>> "211 checks passed", "208 passed, 1 failed, 2 could not be checked"
    """
    if verdict.holds or not verdict.checks:
        amount = len(verdict.checks)
        return f"{amount or 'no'} check{'' if amount == 1 else 's'} passed"
    sums = {
        "passed": sum(check.holds for check in verdict.checks),
        "failed": sum(not check.holds and check.checked for check in verdict.checks),
        "could not be checked": sum(not check.holds and not check.checked for check in verdict.checks),
    }
    return ", ".join(f"{amount} {word}" for word, amount in sums.items() if amount or word == "passed")


def _by_finding(checks: Iterable[Check]) -> dict[str, list[Check]]:
    """Group the claims that fail for one reason: a host that is not reached fails all of them."""
    grouped: dict[str, list[Check]] = {}
    for check in checks:
        grouped.setdefault(check.found.split("\n")[0], []).append(check)
    return grouped


def _finding(host: str, found: str, checks: list[Check]) -> list[Text]:
    mark = "✗" if any(check.checked for check in checks) else "?"
    subjects = ", ".join(dict.fromkeys(check.subject for check in checks))
    word = _WORDS[mark]
    head = Text.assemble((f"{word} {checks[0].id}", _STYLES[mark]), (f"  {host} ", "bold"), f"{subjects}: {found}")
    claims = list(dict.fromkeys(check.claim for check in checks))
    more = f" (and {len(claims) - 1} more)" if len(claims) > 1 else ""
    return [head, Text(f"  the claim: {claims[0]}{more}", style="dim")]


def _style(text: str) -> str:
    if "/" in text:
        whole, _, all_of_them = text.partition("/")
        return _STYLES["✓" if whole == all_of_them else "✗"]
    return _STYLES.get(text, _STYLES["✓"])


def _naturally(name: str) -> list[tuple[int, str]]:
    """Sort gpu9 before gpu10."""
    digits = "".join(c if c.isdigit() else " " for c in name).split()
    return [(0, "".join(c for c in name if not c.isdigit())), *((int(part), "") for part in digits)]
