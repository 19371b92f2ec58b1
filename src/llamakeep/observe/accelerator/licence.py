"""Virtual GPUs: what `nvidia-smi -q` says of their licence."""

import re

from llamakeep.observe.accelerator.blocks import Block
from llamakeep.observe.accelerator.rows import address
from llamakeep.observe.seen import Gpu

_STATUS = re.compile(r"\s*License Status\s*: (.*)")


def licensed(gpus: dict[str, Gpu], answer: Block) -> dict[str, Gpu]:
    """Return the GPUs with the licences that are not in order: without one a GPU grows slow in 20 minutes."""
    missing: dict[str, str] = {}
    bus = ""
    for line in answer.lines:
        if line.startswith("GPU "):
            bus = address(line.removeprefix("GPU "))
        elif (status := _STATUS.match(line)) and not status[1].startswith(("Licensed", "N/A")):
            missing[bus] = status[1].strip()
    return {
        index: gpu.model_copy(update={"licence": missing[gpu.bus]}) if gpu.bus in missing else gpu
        for index, gpu in gpus.items()
    }
