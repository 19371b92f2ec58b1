"""JUnit: one case a check, in the shape that collectors of test results check against a schema."""

from xml.etree import ElementTree as ET

import pytest
from a_run import VERDICT, recorded

from llamakeep import report

SUITE = {"id", "package", "name", "hostname", "timestamp", "time", "tests", "failures", "errors"}


@pytest.fixture
def root(tmp_path):
    return ET.parse(report.write(recorded(tmp_path)).junit).getroot()  # noqa: S314 - it was written a line before


def test_one_case_a_check_and_one_suite_a_host(root):
    assert root.tag == "testsuites"
    assert root.attrib == {}
    assert [suite.get("name") for suite in root] == ["gpu01", "gpu02", "gpu03"]
    lost = root.findall("./testsuite/testcase[@classname='gpu02.converge']/error")
    assert [error.get("message") for error in lost] == ["failed at: models | Bring"]
    assert "no space: <4.1 GiB>" in lost[0].text
    assert len(root.findall("./testsuite/testcase")) == len(VERDICT.checks) + len(lost)


def test_a_suite_has_the_parts_and_the_order_of_the_schema(root):
    for number, suite in enumerate(root):
        assert set(suite.attrib) == SUITE
        assert suite.get("id") == str(number)
        assert suite.get("timestamp") == "2026-11-22T17:05:11"
        tags = [part.tag for part in suite]
        cases = ["testcase"] * int(suite.get("tests"))
        assert tags == ["properties", *cases, "system-out", "system-err"]


def test_what_does_not_hold_is_a_failure_and_what_was_not_checked_an_error(root):
    counts = {suite.get("name"): (suite.get("failures"), suite.get("errors")) for suite in root}
    assert counts == {"gpu01": ("0", "0"), "gpu02": ("2", "1"), "gpu03": ("0", "1")}
    failure = root.find("./testsuite[@name='gpu02']/testcase[@classname='gpu02.firewall']/failure")
    assert failure.get("message") == "it is gone"
    assert "→ llamakeep up -i inventories/office --limit gpu02" in failure.text


def test_what_xml_cannot_hold_is_replaced(root):
    failure = root.find("./testsuite[@name='gpu02']/testcase[@classname='gpu02.firewall']/failure")
    assert "\ufffd[31m<oops> & more" in failure.text


def test_a_host_that_was_blocked_is_a_suite_of_one_error(tmp_path):
    folder = recorded(tmp_path, "plan")
    path = folder / "3-plan.json"
    path.write_text(path.read_text().replace('"warning"', '"blocking"'))
    (suite,) = ET.parse(report.write(folder).junit).getroot()  # noqa: S314 - as above
    assert [suite.get(name) for name in ("name", "tests", "failures", "errors")] == ["gpu02", "1", "0", "1"]
    assert suite.find("./testcase/error").get("message") == "the clock is 90 s off"


def test_a_run_without_a_verdict_is_an_empty_document(tmp_path):
    assert list(ET.parse(report.write(recorded(tmp_path, "inventory")).junit).getroot()) == []  # noqa: S314 - as above


def test_a_case_is_named_by_its_claim_so_that_its_history_can_be_followed(root):
    names = [case.get("name") for case in root.findall("./testsuite[@name='gpu02']/testcase")]
    assert names[:2] == [
        "service-sees-network: the service sees no network interface but loopback",
        "firewall-table-gone: the table is in force",
    ]
