"""What the models can run on."""

import shlex
from pathlib import Path

from llamakeep.observe.accelerator import amd, blocks, bus, machine, nvidia
from llamakeep.observe.accelerator.blocks import NOTHING
from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import Accelerator

_QUESTION = Path(__file__).parents[1] / "accelerator" / "question.sh"
_PLAYED = "/usr/lib/llamakeep-lab/machine"
_PATIENCE = 20  # seconds; a healthy driver that nobody keeps awake takes as long for eight boards


class AcceleratorFact(Fact[Accelerator]):
    """The GPUs, as their tool, the kernel and the PCI bus report them together.

    >>> Accelerator(kind="nvidia", module="595.80", gpus=(Gpu(name="NVIDIA L40S", driver="595.80",
    ...     memory=48305799168, used=0, free=47668264960, bus="0000:01:00.0", capability="8.9"),))
    """

    name = "accelerator"
    limit = _PATIENCE + 8  # what is left for all that is asked beside nvidia-smi

    def __init__(self, *, played: str = _PLAYED, patience: int = _PATIENCE) -> None:
        self._played, self._patience = played, patience

    def question(self, ask: Ask) -> str:  # noqa: ARG002 - the same on every host
        """Ask the kernel and the bus, then nvidia-smi, which may not come back."""
        lines = _QUESTION.read_text(encoding="utf-8").splitlines()
        text = "\n".join(line for line in lines if line and not line.lstrip().startswith("# "))
        return f"played={shlex.quote(self._played)}\npatience={self._patience}\n{text}"

    def parse(self, answer: str) -> Accelerator:
        """Prefer NVIDIA where it works, then AMD where that works, then whichever says what is wrong."""
        said = blocks.apart(answer)
        host = machine.read(said.get("machine", NOTHING))
        boards = bus.read(said.get("bus", NOTHING))
        green = nvidia.detect(said, host, tuple(board for board in boards if board.gpu.vendor == "nvidia"))
        red = amd.detect(said.get("kfd", NOTHING), host, tuple(board for board in boards if board.gpu.vendor == "amd"))
        found = _better(green, red) or Accelerator(kind="none", platform=host.platform)
        return found.model_copy(update={"bus": tuple(board.gpu for board in boards)})


def _better(green: Accelerator | None, red: Accelerator | None) -> Accelerator | None:
    """Return the one to use; what is wrong with the other is said where it is the better machine."""
    if green is None or red is None:
        return green or red
    if green.kind == "broken" and red.kind == "amd" and not red.cause:
        return red.model_copy(update={"cause": green.cause, "detail": green.detail, "remedy": green.remedy})
    return green
