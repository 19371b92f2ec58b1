"""Two llm hosts with different models behind one gateway, and clients on this machine that trust the fleet's own CA."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import llamakeep_lab as labs
from llamakeep.errors import Refusal
from llamakeep_lab import gateway as fronts
from llamakeep_lab.gateway import Front
from own import own

INVENTORIES = Path(__file__).resolve().parents[3] / "inventories"
# Its hosts lose their power, and have other models than the lab that tests share.
OWN = own("front")
REUSED = "LLAMAKEEP_TEST_LAB"
BOTH, ONE, TWO = "llama2:latest", "mistral:latest", "codellama:latest"  # who has it


@pytest.fixture(scope="package")
def own_lab() -> Iterator[labs.Lab]:
    given = os.environ.get(REUSED)
    if given:
        yield labs.attach(given)
        return
    try:
        labs.down(OWN, base=INVENTORIES)
        raised = labs.up(OWN, llm=2, standin=True, base=INVENTORIES, say=print)
    except Refusal as refusal:
        pytest.fail(f"the lab that this test needs cannot be brought up\n{refusal}", pytrace=False)
    yield raised
    labs.down(OWN, base=INVENTORIES)


@pytest.fixture(scope="package")
def front(own_lab: labs.Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front") / "inventory"
    front = fronts.prepare(own_lab, folder, {"ollama_num_parallel": 60}, {"gateway_rate": 100000})
    front.say("llm1", ollama_models_names=[BOTH, ONE])
    front.say("llm2", ollama_models_names=[BOTH, TWO])
    for machine in front.models:
        fronts.hush(machine)
    front.key("add", "tests")
    front.converge()
    yield front
    for machine in front.models:
        fronts.hush(machine)


@pytest.fixture(scope="package")
def key(front: Front) -> str:
    """A key that opens."""
    made = front.key("rotate", "tests")
    front.tell()
    return made


@pytest.fixture(scope="module")
def talkers(front: Front) -> Iterator[Front]:
    """The same, while the hosts talk at a pace instead of thinking."""
    for machine in front.models:
        fronts.talk(machine)
    yield front
    for machine in front.models:
        fronts.hush(machine)
