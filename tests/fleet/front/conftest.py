"""Two llm hosts with different models behind one gateway, and clients on this machine that trust the fleet's own CA."""

from collections.abc import Iterator

import pytest

import llamakeep_lab as labs
from llamakeep_lab import gateway as fronts
from llamakeep_lab.gateway import Front
from own import own
from raised import raised

# Its hosts lose their power, and have other models than the lab that tests share.
OWN = own("front")
REUSED = "LLAMAKEEP_TEST_LAB"
BOTH, ONE, TWO = "llama2:latest", "mistral:latest", "codellama:latest"  # who has it


@pytest.fixture(scope="package")
def own_lab() -> Iterator[labs.Lab]:
    with raised(OWN, REUSED, llm=2) as made:
        yield made


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
