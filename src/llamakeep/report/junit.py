"""The checks as JUnit XML, for the systems that collect test results."""

from datetime import datetime
from xml.etree import ElementTree as ET

from llamakeep.report.printable import printable
from llamakeep.report.summary import HostReport, Report
from llamakeep.verify.check import Check


def document(report: Report) -> bytes:
    """Return one suite a host and one case a check; what could not be checked or done is an error, no failure."""
    hosts = [host for host in report.hosts if host.checks or host.lost]
    root = ET.Element("testsuites")  # the strict schema, that of Ant, knows no attribute here
    for number, host in enumerate(hosts):
        _suite(root, number, host, report)
    ET.indent(root, " ")
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _suite(root: ET.Element, number: int, host: HostReport, report: Report) -> None:
    suite = ET.SubElement(
        root,
        "testsuite",
        id=str(number),
        package="llamakeep.verify",
        name=host.name,
        hostname=host.name,
        timestamp=_began(report.run),
        time=f"{sum(check.seconds for check in host.checks):.3f}",
    )
    _count(suite, host)
    properties = ET.SubElement(suite, "properties")
    said = {"inventory": report.inventory, "kit": report.kit, "simulated": "; ".join(host.simulated)}
    for name, value in said.items():
        ET.SubElement(properties, "property", name=name, value=printable(value))
    for check in host.checks:
        _case(suite, check)
    if host.lost:
        _lost(suite, host)
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")


def _case(suite: ET.Element, check: Check) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        name=printable(f"{check.id}: {check.claim}"),
        classname=f"{check.host}.{check.subject}",
        time=f"{check.seconds:.3f}",
    )
    if not check.holds:
        kind = "failure" if check.checked else "error"
        message = printable(check.found.split("\n")[0])
        wrong = ET.SubElement(case, kind, message=message, type="does not hold" if check.checked else "not checked")
        wrong.text = printable(f"{check.found}\n→ {check.remedy}" if check.remedy else check.found)


def _lost(suite: ET.Element, host: HostReport) -> None:
    """Enter a host that was blocked, or on which converge stopped: there are no claims to say so."""
    case = ET.SubElement(
        suite, "testcase", name="the host could be converged", classname=f"{host.name}.converge", time="0.000"
    )
    message = printable(host.lost.split("\n")[0])
    ET.SubElement(case, "error", message=message, type=host.lost_for).text = printable(host.lost)


def _count(element: ET.Element, host: HostReport) -> None:
    lost = 1 if host.lost else 0
    element.set("tests", str(len(host.checks) + lost))
    element.set("failures", str(sum(check.checked for check in host.broken)))
    element.set("errors", str(sum(not check.checked for check in host.broken) + lost))


def _began(run: str) -> str:
    """Turn the name of a run's folder into a time as XML schema wants it, without a zone.

    >>> _began("2026-11-22T17-05-11-000000Z")
    '2026-11-22T17:05:11'
    """
    try:
        return datetime.strptime(run[:19], "%Y-%m-%dT%H-%M-%S").isoformat()
    except ValueError:
        return "1970-01-01T00:00:00"
