"""TLS between hosts in the plan: the certificate that comes, that is renewed, and who would be shut out."""

from datetime import timedelta
from typing import Any

import pytest
from lobby import NOW
from office import KIT, bare, converged, host

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.change import changes_for
from llamakeep.plan.finding import findings_for
from llamakeep.plan.plan import Finding
from llamakeep.services.mutual_tls.observed.seen import SeenTls
from llamakeep.services.mutual_tls.wanted import WantedTls
from tables import services

UNIT = "llamakeep-tls.service"


def certified(
    shut_out: tuple[str, ...] = (), name: str = "gpu03", *, issued: bool = True, **changed: Any
) -> Host:  # fmt: skip
    trust = {"fleet:tls": {"roots": "ab" * 32, "revoked": "cd" * 32}}
    tls = services(mutual_tls=WantedTls(name=name, serials=("3F",) if issued else (), shut_out=shut_out))["mutual_tls"]
    return host(**{**trust, **changed}).having("mutual_tls", tls)


def settled(wanted: Host, **changed: Any) -> HostFacts:
    """What a host is right after a converge with the role."""
    facts = converged(wanted, **changed)
    receipt = facts.receipt
    assert receipt is not None
    managed = {**receipt.managed, "mutual_tls": {}}
    return facts.model_copy(update={"receipt": receipt.model_copy(update={"managed": managed})})


def seen(days: int, name: str = "gpu03", serial: str = "3F") -> SeenTls:
    ends = NOW + timedelta(days=days)
    return SeenTls(name=name, ends=ends, issuer="llamakeep CA between hosts 3f9c2a7b", serial=serial)


def changes(wanted: Host, facts: HostFacts) -> list[tuple[str, str]]:
    found = changes_for(wanted, facts, KIT, now=NOW)
    return [(f"{one.sign} {one.what}", one.why) for one in found if "certificate" in one.what]


def findings(wanted: Host, facts: HostFacts) -> list[Finding]:
    return [one for one in findings_for(wanted, facts, None, NOW) if "certificate" in one.id]


def test_a_bare_host_gets_a_certificate() -> None:
    (found,) = changes(certified(), bare())
    assert found[0] == "+ a certificate for gpu03, from the CA between hosts"


def test_a_host_that_needs_none_gets_none() -> None:
    assert changes(certified(name=""), bare()) == []


@pytest.mark.parametrize(("days", "renewed"), [(364, False), (244, False), (243, True), (1, True), (-1, True)])
def test_it_is_made_anew_after_a_third_of_its_time(days: int, renewed: bool) -> None:
    found = changes(certified(), settled(certified(), mutual_tls=seen(days)))
    why = f"the one in use {'ended' if days < 0 else 'ends'} on {NOW + timedelta(days=days):%Y-%m-%d}"
    assert found == ([("~ a new certificate for gpu03", why)] if renewed else [])


def test_one_of_another_name_is_made_anew() -> None:
    found = changes(certified(), settled(certified(), mutual_tls=seen(364, "gpu99")))
    assert found == [("~ a new certificate for gpu03", "the one in use is for gpu99")]


def test_one_that_the_present_root_did_not_issue_is_made_anew() -> None:
    """It is of the root before, or it is revoked, or somebody put it there."""
    why = "the present root has not issued the one in use, or has revoked it"
    found = changes(certified(issued=False), settled(certified(), mutual_tls=seen(364)))
    assert found == [("~ a new certificate for gpu03", why)]
    found = changes(certified(), settled(certified(), mutual_tls=seen(364, serial="40")))
    assert found == [("~ a new certificate for gpu03", why)]


def test_what_is_no_certificate_is_made_anew() -> None:
    """A host whose file holds nonsense is not as wanted: its doors would not come up again."""
    wanted, fault = certified(), "what is there is no certificate"
    facts = settled(wanted, mutual_tls=SeenTls(fault=fault))
    assert changes(wanted, facts) == [("~ a new certificate for gpu03", fault)]
    assert findings(wanted, facts) == []


def test_where_it_was_not_seen_nothing_is_made_up() -> None:
    assert changes(certified(), settled(certified())) == []
    assert findings(certified(), settled(certified())) == []


def test_another_root_says_where_it_stands_and_reloads_and_restarts_nothing() -> None:
    before = certified(**{"fleet:tls": {"roots": "00" * 32, "revoked": "cd" * 32}})
    every = changes_for(certified(), settled(before, mutual_tls=seen(364)), KIT, now=NOW)
    (found,) = [one for one in every if one.reloads or one.restarts]
    assert found.what.startswith("which roots it trusts of other hosts, and whose certificates are revoked")
    assert (found.reloads, found.restarts) == ((UNIT,), ())


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (364, []),
        (31, []),
        (30, [("host-certificate-expires-soon", "its certificate for the other hosts ends on 2026-12-23")]),
        (
            0,
            [
                (
                    "host-certificate-expired",
                    "its certificate for the other hosts ended on 2026-11-23: none of them speaks to it, or hears it",
                )
            ],
        ),
    ],
)
def test_one_that_ends_is_a_warning(days: int, expected: list[tuple[str, str]]) -> None:
    found = findings(certified(), settled(certified(), mutual_tls=seen(days)))
    assert [(one.id, one.found) for one in found] == expected
    assert {one.severity for one in found} <= {"warning"}


def test_who_would_be_shut_out_is_named() -> None:
    (found,) = findings(certified(shut_out=("app1", "app2")), bare())
    assert (found.id, found.severity) == ("client-without-certificate", "warning")
    assert "app1, app2" in found.found


def test_a_root_that_the_first_run_makes_is_no_difference() -> None:
    wanted = certified(**{"fleet:tls": {"roots": "", "revoked": ""}})
    facts = settled(wanted, mutual_tls=seen(364))
    assert changes(wanted, facts) == []
    assert not [one for one in changes_for(wanted, facts, KIT, now=NOW) if one.reloads]
