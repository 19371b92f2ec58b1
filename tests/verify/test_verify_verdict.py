"""The verdict: what it comes to, how it reads, and that nothing green comes from nothing."""

import io
import json

import pytest
from click.testing import CliRunner
from healthy import connection, fleet, host, other
from healthy_gateway import CHAT, GATEWAY
from healthy_tls import TLS
from rich.console import Console
from test_claims import CLAIMS

from llamakeep import inventory, state, verify
from llamakeep.cli import verify as command
from llamakeep.verify import run as check_all
from llamakeep.verify import table
from llamakeep.verify.check import Check, Verdict


def check(subject="doors", holds=True, **more):
    return Check(
        **({"host": "llm1", "id": "it-is-not-so", "subject": subject, "claim": "it is so", "holds": holds} | more)
    )


def verdict(*checks):
    return Verdict(inventory="inventories/office", seconds=1.0, checks=checks)


def not_checked(**more):
    return check(holds=False, checked=False, found="could not be checked: no route", **more)


def drawn(of):
    out = Console(file=io.StringIO(), width=160)
    out.print(table.table(of))
    for line in table.failures(of):
        out.print(line)
    return out.file.getvalue()


@pytest.fixture(scope="module")
def lost():
    """One host that is everything and that nobody reaches."""
    away = connection("127.0.0.1", port=1, variables={"ansible_ssh_timeout": 2})
    return fleet(
        host(
            connection=away,
            addresses=(),
            open_webui=CHAT,
            mutual_tls=TLS,
            gateway=GATEWAY.model_copy(update={"addresses": ("127.0.0.1",)}),
        )
    )


@pytest.fixture(scope="module")
def verdict_on_lost(lost):
    return check_all(lost)


def test_a_host_that_is_not_reached_fails_every_claim_and_none_is_skipped(verdict_on_lost):
    checks = verdict_on_lost.checks
    said = {test.claim.id for name, test in CLAIMS.items() if not name.startswith("chatbox.")}
    assert {each.id for each in checks} == said - {"door-closed-to-allowed", "chat-door-closed-to-allowed"}
    assert not any(each.holds or each.checked for each in checks)
    assert {each.subject for each in checks} == {*table.subjects()} - {"chatbox"}  # none is among them
    assert {each.subject for each in checks if "Connection refused" not in each.found} == {"reach"}
    assert not verdict_on_lost.holds
    assert command.code(verdict_on_lost) == 2


def test_a_host_that_is_not_reached_is_one_finding_with_its_remedy(verdict_on_lost):
    text = drawn(verdict_on_lost)
    assert text.count("✗") == 0
    assert text.count("Connection refused") == 1
    assert "→ llamakeep observe -i inventories/office --limit llm1" in text


def test_no_claim_is_no_proof():
    empty = check_all(fleet(other("chat1", "chat_hosts", "192.0.2.5")))
    assert empty.checks == ()
    assert not empty.holds
    assert command.code(empty) == 1


def test_only_the_named_hosts_are_verified(lost):
    assert check_all(lost, only=[]).checks == ()


@pytest.mark.parametrize(
    ("checks", "cell"),
    [
        ([], table.NOTHING),
        ([check()], "✓"),
        ([check(), check(holds=False)], "✗"),
        ([check(), not_checked()], "?"),
        ([not_checked(), check(holds=False)], "✗"),
        ([check("answers", seconds=0.41)], "0.4 s"),
        ([check("answers", holds=False)], "✗"),
        ([check("models", about="a"), check("models", about="b"), check("models", holds=False, about="b")], "1/2"),
    ],
)
def test_a_cell_says_what_a_subject_comes_to(checks, cell):
    assert table.cell(checks) == cell


def test_hosts_stand_in_the_order_in_which_people_count():
    names = [f"gpu{n}" for n in (10, 9, 1)]
    assert list(table.rows(verdict(*(check(host=name) for name in names)))) == ["gpu1", "gpu9", "gpu10"]


def test_what_does_not_hold_is_said_with_its_claim_its_journal_and_the_next_command():
    wrong = check(
        holds=False,
        found="socat listens\n  journal: it broke",
        claim="systemd alone listens",
        remedy="llamakeep up",
    )
    text = drawn(verdict(wrong, check("sealed")))
    head = "FAILED it-is-not-so  llm1 doors: socat listens"
    assert f"{head}\n  the claim: systemd alone listens\n  journal: it broke\n  → llamakeep up" in text


def test_what_is_known_to_be_wrong_is_mended_first():
    text = drawn(verdict(not_checked(remedy="llamakeep observe"), check("sealed", holds=False, remedy="llamakeep up")))
    assert text.index("llm1 sealed") < text.index("llm1 doors")
    assert "→ llamakeep up" in text
    assert "→ llamakeep observe" not in text


def test_the_sum_is_said_in_words():
    assert table.count(verdict(check())) == "1 check passed"
    assert table.count(verdict(check(), check())) == "2 checks passed"
    assert table.count(verdict(check(), check(holds=False))) == "1 passed, 1 failed"
    assert table.count(verdict(check(), not_checked(), not_checked())) == "1 passed, 2 could not be checked"
    assert table.count(verdict()) == "no checks passed"


@pytest.mark.parametrize(
    ("checks", "code"), [([check()], 0), ([check(holds=False), not_checked()], 1), ([not_checked()], 2), ([], 1)]
)
def test_the_exit_code_says_whether_it_is_so(checks, code):
    assert command.code(verdict(*checks)) == code


@pytest.fixture
def run(monkeypatch, tmp_path, lost):
    """Return a function that runs the verb on the lost host, with a verdict made up for it."""
    monkeypatch.setenv(state.VARIABLE, str(tmp_path))
    seen = {}

    def choose(path, limit):
        seen["limit"] = limit
        return lost, frozenset(host.name for host in lost.hosts)

    def started(made_up, *words):
        monkeypatch.setattr(inventory, "choose", choose)
        monkeypatch.setattr(verify, "run", lambda _, **more: seen.update(more) or made_up)
        return CliRunner().invoke(command.command, ["-i", "inventories/office", *words], standalone_mode=False), seen

    return started


def test_the_verb_leaves_its_records_and_the_report(run, tmp_path):
    result, _ = run(verdict(check()))
    assert result.return_value == 0
    (folder,) = (path for path in (tmp_path / "runs").iterdir() if path.is_dir())
    assert {path.name for path in folder.iterdir()} == {
        "1-inventory.json",
        "5-verify.json",
        "report.html",
        "report.json",
        "junit.xml",
    }
    assert "next: " in result.output.splitlines()[-1]


def test_a_list_of_hosts_is_verified_and_nothing_is_kept(run, monkeypatch):
    result, _ = run(verdict(check()))
    assert "report: " in result.output
    monkeypatch.delenv(state.VARIABLE)
    result, _ = run(verdict(check()), "-i", "llm1,")
    assert result.return_value == 0
    assert "report: " not in result.stdout
    assert "note: nothing was kept of this run: -i llm1,: a list of hosts is no place" in result.stderr
    assert "--state DIR" in result.stderr


def test_json_is_the_verdict_and_nothing_else(run):
    result, _ = run(verdict(check(holds=False)), "--json", "--deep")
    assert result.return_value == 1
    assert Verdict.model_validate(json.loads(result.output)).checks[0].holds is False


def test_a_limit_verifies_fewer_hosts_and_loads_the_whole_fleet(run):
    _, seen = run(verdict(check()), "--limit", "llm1")
    assert seen == {"limit": "llm1", "deep": False, "only": {"llm1"}}


def test_without_an_inventory_the_verb_asks_which():
    result = CliRunner().invoke(command.command, [])
    assert result.exit_code == 2
    assert "missing -i INVENTORY (or --here for this machine)" in result.output
