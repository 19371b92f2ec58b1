"""docs/findings.md is drawn from the code, and a code means one thing."""

import ast
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / ".config"))

import findings
import sentence

SAID = findings.collected()


def test_a_code_is_in_lower_case_with_hyphens() -> None:
    assert [said for said in SAID if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", said.id)] == []


def test_a_code_means_one_thing() -> None:
    beginnings: dict[str, set[tuple[str, ...]]] = {}
    for said in SAID:
        beginnings.setdefault(said.id, set()).add(tuple(re.findall(r"\w+|…", said.found)[:3]))
    several = {name for name, each in beginnings.items() if len(each) > 1}
    assert several == set(findings.SHARED)


def test_each_refusal_and_finding_of_the_code_is_found() -> None:
    where = {(said.id, said.kind, said.source) for said in SAID}
    assert ("port-taken", "finding", "llamakeep.plan.port") in where
    assert ("driver-too-old", "finding", "llamakeep.services.ollama.planned.driver") in where
    assert ("restore-rolled-back", "refusal", "llamakeep.backup.line") in where
    assert ("release-not-met", "refusal", "roles/ollama/tasks/preflight.yml") in where
    assert ("acme-certificate-not-issued", "refusal", "roles/gateway/tasks/renew.yml") in where


def test_the_page_is_up_to_date() -> None:
    assert findings.PAGE.read_text(encoding="utf-8") == findings.drawn(SAID)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("f'port {port} is taken'", "port … is taken"),
        ("'a' + ' b'", "a b"),
        ("'is away' if away else 'is gone'", "is away / is gone"),
        ("found", "is here / is …"),
        ("other.words", "…"),
    ],
)
def test_an_expression_reads_as_its_sentence(code: str, text: str) -> None:
    names = sentence.assigned(ast.parse("found = 'is here'\nif x:\n    found = f'is {x}'").body)
    assert sentence.spoken(ast.parse(code, mode="eval").body, names) == text
