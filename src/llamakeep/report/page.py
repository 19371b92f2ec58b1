"""The report as one HTML file that needs nothing else."""

from datetime import datetime

import jinja2
from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable

from llamakeep.report.printable import printable
from llamakeep.report.summary import Report
from llamakeep.verify.check import Verdict
from llamakeep.verify.table import NOTHING, rows, shown

_GOOD = {"proven", "as wanted", "answers", "closed", "in force", "there"}
_QUIET = {"no claims"}


def page(report: Report) -> str:
    """Return the page."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("llamakeep", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters |= {"size": readable, "kind": _kind, "fit": _fit}
    checks = tuple(check for host in report.hosts for check in host.checks)
    verdict = Verdict(inventory=report.inventory, seconds=report.seconds, checks=checks)
    return environment.get_template("report/page.html.j2").render(
        report=report,
        verdict=verdict,
        broken=[check for check in checks if not check.holds],
        subjects=shown(verdict),
        rows=rows(verdict),
        when=_when(report.run),
        simulated=[host for host in report.hosts if host.simulated],
        bytes_to_bring=sum(change.size for host in report.hosts for change in host.changes),
    )


def _kind(text: str) -> str:
    """Return the class that colours a cell or a state: good, bad, unknown or quiet."""
    if text in _QUIET or text == NOTHING:
        return "quiet"
    if text == "?" or text in {"could not be checked", "not checked"}:
        return "unknown"
    if "/" in text and text.replace("/", "").isdigit():
        whole, _, of = text.partition("/")
        return "good" if whole == of else "bad"
    if text in _GOOD or text in {"✓", "whole"} or text.endswith(" s"):
        return "good"
    if text in {"not looked at", "not known"}:
        return "quiet"
    return "unknown" if text == "to change" else "bad"


def _fit(text: str) -> str:
    """Return the class that colours how a model fits."""
    if text.startswith(("fits", "spreads")):
        return "good"
    return "bad" if text.startswith("does not fit") else "unknown"


def _when(run: str) -> str:
    """Return the time in a run's name as one reads it.

    >>> _when("2026-11-22T17-05-11-000000Z")
    '22 November 2026, 17:05:11 UTC'
    """
    try:
        began = datetime.strptime(run[:19], "%Y-%m-%dT%H-%M-%S")
    except ValueError:
        return run
    return f"{began.day} {began:%B %Y, %H:%M:%S} UTC"
