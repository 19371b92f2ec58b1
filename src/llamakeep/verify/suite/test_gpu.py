"""Accelerator: the models lie where the plan said they would, and take what it reckoned."""

from collections.abc import Iterator

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable

from llamakeep.lock.lock import Dimensions
from llamakeep.plan.fit.load import context_of
from llamakeep.plan.fit.serving import serving_of
from llamakeep.plan.fit.shown import shown
from llamakeep.services.ollama.verified.evidence import LoadedModel
from llamakeep.services.ollama.verified.host import LlmHost
from llamakeep.verify.claim import claim
from llamakeep.verify.evidence import NotChecked, NotClaimed

_APART = 0.03  # docs/fit.md: every measurement is met within so much


@claim(
    "model-not-on-accelerator",
    "what is in memory lies whole on the accelerator",
    remedy="llamakeep observe: is the driver loaded, and is the memory of the accelerator free?",
    journal=True,
)
def test_lies_on_the_accelerator(accelerated_host: LlmHost) -> None:
    if played := accelerated_host.seen.simulated_gpu:
        raise NotClaimed(f"nothing is claimed of its GPU ({played}): it is simulated")
    may_spill = {name for name, choice in accelerated_host.models.on_misfit.items() if choice == "warn"}
    loaded = [model for model in accelerated_host.loaded if model.name not in may_spill]
    if not loaded:
        raise NotChecked("no model is in memory")
    spilled = [
        f"{model.name} has {model.size_vram * 100 // model.size} % of itself there"
        for model in loaded
        if model.size_vram < model.size
    ]
    assert not spilled, f"{'; '.join(spilled)}; expected: 100 %"


@claim("model-size-unexpected", "what is in memory takes what was reckoned for it")
def test_takes_what_was_estimated(asked_host: LlmHost) -> None:
    if asked_host.seen.stand_in:
        raise NotClaimed("nothing is claimed of what models take: a stand-in plays the server")
    measured = list(_measured(asked_host))
    if not measured:
        raise NotClaimed("nothing is claimed of what models take: none lies whole in one place at the wanted context")
    wrong = [
        f"{model.name} takes {readable(model.size)}; expected: {_choices(sizes)}"
        for model, sizes in measured
        if not any(abs(model.size - size) <= size * _APART for size in sizes)
    ]
    assert not wrong, "; ".join(wrong)


def _choices(sizes: tuple[int, ...]) -> str:
    """Return the sizes that a model may have, which depends on what was free when it was loaded.

    >>> _choices((298581056, 309859392, 332416064))
    '284.7 MiB, or up to 317.0 MiB with a larger micro-batch or without flash attention'
    """
    least, most = readable(sizes[0]), readable(sizes[-1])
    return least if least == most else f"{least}, or up to {most} with a larger micro-batch or without flash attention"


def _measured(host: LlmHost) -> Iterator[tuple[LoadedModel, tuple[int, ...]]]:
    """Return each loaded model that a reckoning speaks of, with the sizes that it may have.

    One that somebody loaded at another context, or that lies partly with the CPU, is another sum.
    """
    known = {model.name: model.dimensions for model in host.models.models}
    serving = serving_of(host.wanted)
    for model in host.loaded:
        numbers: Dimensions | None = known.get(model.name)
        if numbers is None or not numbers.known or 0 < model.size_vram < model.size:
            continue
        if model.context == context_of(numbers, serving):
            yield model, shown(numbers, serving, on_gpu=model.size_vram > 0)
