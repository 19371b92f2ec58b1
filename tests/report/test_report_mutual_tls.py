"""TLS between hosts in the report: as whom a host speaks, and until when."""

import json
from datetime import UTC, datetime

import pytest
from a_run import FLEET, OBSERVATION, recorded

from llamakeep import report
from llamakeep.observe.seen import HostFacts
from llamakeep.report.stage import Case, stages
from llamakeep.runs import STAGES
from llamakeep.services.mutual_tls.observed.seen import SeenTls
from llamakeep.services.mutual_tls.wanted import WantedTls
from tables import services

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SEEN = SeenTls(name="gpu01", ends=datetime(2027, 11, 22, tzinfo=UTC), issuer="llamakeep CA between hosts 3f9c2a7b")
FACTS = HostFacts(host="gpu01", reachable=True, services={"mutual_tls": SEEN})


@pytest.fixture
def folder(tmp_path):
    """The records of a run over a host that has a certificate, and over one that needs none."""
    run = recorded(tmp_path, "inventory", "observe")
    gpu01, gpu02 = FLEET.hosts[:2]
    hosts = (
        gpu01.having("mutual_tls", services(mutual_tls=WantedTls(name="gpu01"))["mutual_tls"]),
        gpu02.having("mutual_tls", services(mutual_tls=WantedTls())["mutual_tls"]),
    )
    records = {
        "inventory": FLEET.model_copy(update={"hosts": hosts}),
        "observe": OBSERVATION.model_copy(update={"hosts": (FACTS,)}),
    }
    for stage, record in records.items():
        (run / f"{STAGES.index(stage) + 1}-{stage}.json").write_text(record.model_dump_json())
    return run


def test_the_page_says_as_whom_a_host_speaks_and_until_when(folder):
    page = report.write(folder).html.read_text()
    assert page.count("To other hosts") == 1
    assert "<code>gpu01</code>, by TLS with certificates on both sides" in page
    assert "2027-11-22" in page


def test_the_json_has_the_same(folder):
    gpu01, gpu02 = json.loads(report.write(folder).json.read_text())["hosts"]
    assert gpu01["services"]["mutual_tls"] == {"name": "gpu01", "until": "2027-11-22"}
    assert "mutual_tls" not in gpu02["services"]


def test_what_was_not_looked_at_has_no_end():
    line = stages()["mutual_tls"].line
    assert line(Case(NOW), WantedTls(name="gpu01")).until == ""
    assert line(Case(NOW, seen=FACTS), WantedTls(name="gpu01")).until == "2027-11-22"
    assert line(Case(NOW, seen=FACTS), WantedTls()) is None
