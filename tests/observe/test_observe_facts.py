"""Every parser against what real hosts printed: one file per case, named for it."""

import contextlib
import subprocess
from pathlib import Path

import pytest
from hosts_said import said

from llamakeep.observe import script
from llamakeep.observe.ask import Ask
from llamakeep.observe.facts.lab import LabFact
from llamakeep.observe.facts.receipt import ReceiptFact
from llamakeep.observe.looking import FACTS
from llamakeep.observe.seen import Lab
from llamakeep.services.ollama.observed.ask import AskOllama
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.observed.server import OllamaFact


def test_a_real_host_is_no_lab_host() -> None:
    assert LabFact().parse(said("lab", "a-real-host")) is None


def test_a_lab_host_says_so() -> None:
    answer = '{"lab": "lab", "gpu": "rtx-4090", "standin": true}'
    assert LabFact().parse(answer) == Lab(lab="lab", gpu="rtx-4090", standin=True)


@pytest.mark.parametrize("case", ["not-running", "silent", "stopped"])
def test_a_server_that_does_not_answer(case: str) -> None:
    assert OllamaFact().parse(said("ollama", case)) == SeenOllama(answers=False)


@pytest.mark.parametrize("case", ["none", "no-python"])
def test_no_receipt(case: str) -> None:
    left = ReceiptFact().parse(said("receipt", case))
    assert (left.receipt, left.drift) == (None, ())


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
@pytest.mark.parametrize("answer", ["", "\n\n", "garbage", "{}", "[]", "=", "a\tb\tc", "LISTEN 0"])
def test_garbage_is_refused_or_read_as_nothing_but_never_a_crash(fact, answer: str) -> None:
    with contextlib.suppress(ValueError, LookupError, TypeError):  # `script.parse` reports these as gaps
        fact.parse(answer)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_an_answer_that_stops_anywhere_is_a_gap_at_most(fact) -> None:
    folder = Path(__file__).parent / fact.name
    for recorded in sorted(folder.glob("*.txt")):
        whole = recorded.read_text(encoding="utf-8")
        for end in range(0, len(whole), max(1, len(whole) // 97)):
            script.parse((fact,), f"\x1e{fact.name}\n{whole[:end]}\n\x1e=0\n")


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_a_path_or_python_with_a_blank_or_quote_stays_one_word(fact) -> None:
    ask = Ask(paths=("/srv/it's here/models",), python="/opt/my python/bin/it's")
    checked = subprocess.run(["sh", "-n"], input=fact.question(ask), text=True, capture_output=True, check=False)
    assert checked.stderr == ""


def test_a_receipt_that_holds() -> None:
    left = ReceiptFact().parse(said("receipt", "converged"))
    assert left.receipt is not None
    assert (left.receipt.complete, len(left.receipt.salt)) == (True, 32)
    assert {"ollama_version", "lock:ollama", "lock:model:mistral:7b"} <= left.receipt.inputs.keys()
    assert {"firewall", "ollama", "ollama_models"} <= left.receipt.managed.keys()


def test_what_drifted_is_named() -> None:
    drift = {
        (one.kind, one.name.partition(" ")[0]): one.found
        for one in ReceiptFact().parse(said("receipt", "drifted")).drift
    }
    assert drift["file", "/etc/llamakeep/firewall.nft"] == "mode 0600, expected 0644"
    assert drift["firewall", "inet"] == "gone"
    assert drift["file", "/etc/systemd/system/ollama.service"] == "its content was changed"
    assert drift["model", "llama2:latest"] == "its manifest is missing"
    assert drift["blob", "llama2:latest"] == "its bytes were changed"
    assert drift["unit", "ollama.service"].startswith("inactive (dead), expected started")


def test_a_server_with_models() -> None:
    seen = OllamaFact().parse(said("ollama", "standin-with-three-models"))
    assert (seen.answers, seen.version, seen.cloud_disabled) == (True, "0.34.4-standin", True)
    assert [model.name for model in seen.models] == ["llama2:latest", "meditron:latest", "mistral:7b"]
    assert {len(model.digest) for model in seen.models} == {64}


@pytest.mark.parametrize("made", [(), ("manifests/registry.ollama.ai",), ("manifests/x", "manifests-v2/ollama.com")])
def test_the_trees_of_a_store_are_those_that_hold_something(made: tuple[str, ...], tmp_path: Path) -> None:
    for path in ("manifests", *made):
        (tmp_path / path).mkdir(parents=True, exist_ok=True)
    question = OllamaFact().question(Ask(services=(AskOllama(store=str(tmp_path)),)))
    done = subprocess.run(["sh"], input=question, text=True, capture_output=True, check=False, timeout=30)
    assert OllamaFact().parse(done.stdout).trees == tuple(path.partition("/")[0] for path in made)
