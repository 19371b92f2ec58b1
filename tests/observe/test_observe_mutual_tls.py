"""The certificate by which others know a host, as observe asks for it and reads it."""

import datetime
import subprocess
from pathlib import Path

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import tls_files
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca

from llamakeep.observe.ask import Ask
from llamakeep.services.mutual_tls.observed import Stage, fact
from llamakeep.services.mutual_tls.observed.fact import TlsFact
from llamakeep.services.mutual_tls.observed.seen import SeenTls

MOMENT = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
ROOT = hosts_ca.make(MOMENT - datetime.timedelta(days=800))


def answer(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a host says of a file in the place of its certificate."""
    monkeypatch.setattr(fact, "CERTIFICATE", str(path))
    words = ["sh", "-c", TlsFact().question(Ask())]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.rstrip("\n")


def test_the_certificate_is_read_and_its_key_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "it's host.pem"
    path.write_text(hosts_ca.issue(ROOT, "llm1", MOMENT)[0])
    said = answer(path, monkeypatch)
    assert "PRIVATE" not in said
    seen = TlsFact().parse(said)
    assert seen is not None
    assert (seen.name, seen.ends) == ("llm1", MOMENT + datetime.timedelta(days=365))
    assert seen.issuer.startswith("llamakeep CA between hosts ")


def test_where_there_is_none_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert TlsFact().parse(answer(tmp_path / "gone.pem", monkeypatch)) is None


@pytest.mark.parametrize("text", ["", "garbage\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_said_to_be_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    path = tmp_path / "host.pem"
    path.write_text(text)
    found = TlsFact().parse(answer(path, monkeypatch))
    assert found == SeenTls(fault="what is there is no certificate")
    assert [*Stage().remarks(found)] == ["its certificate for the other hosts: what is there is no certificate"]


def test_it_is_asked_for_where_the_role_lays_it() -> None:
    assert tls_files.CERTIFICATE in TlsFact().question(Ask())


@pytest.mark.parametrize(("days", "remarks"), [(1, 0), (-1, 1)])
def test_one_that_is_over_is_remarked(days: int, remarks: int) -> None:
    ends = MOMENT + datetime.timedelta(days=days)
    seen = SeenTls(name="llm1", ends=ends, issuer="llamakeep CA between hosts 3f9c2a7b")
    found = [*Stage().remarks(seen)]
    assert len(found) == remarks
    assert all(f"ended on {ends:%Y-%m-%d}" in one for one in found)
