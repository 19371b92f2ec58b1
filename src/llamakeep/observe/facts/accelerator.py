"""What the models can run on."""

import re

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import Accelerator, Gpu

_QUESTION = """
if command -v nvidia-smi >/dev/null; then
    nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader,nounits 2>&1
    echo "exit=$?"
else echo none; fi
"""

_ROW = re.compile(r"^(?P<name>.+), (?P<memory>\S+|\[.+\]), (?P<driver>[0-9][0-9.]*)$")


class AcceleratorFact(Fact[Accelerator]):
    """The GPUs, as nvidia-smi reports them.

    >>> Accelerator(kind="nvidia", gpus=(Gpu(name="NVIDIA L40S", memory=48305799168, driver="595.80"),))
    """

    name = "accelerator"
    limit = 8  # nvidia-smi wakes a sleeping driver up; a broken one it may wait for without end

    def question(self, ask: Ask) -> str:  # noqa: ARG002 - the same on every host
        """Ask nvidia-smi for the fields that every driver since 470 knows."""
        return _QUESTION

    def parse(self, answer: str) -> Accelerator:
        """Judge by the exit code and the shape of the rows: errors are printed where rows are."""
        lines = [line.strip() for line in answer.splitlines() if line.strip()]
        if lines == ["none"]:
            return Accelerator(kind="none")
        if not lines or not lines[-1].startswith("exit="):
            return Accelerator(kind="broken", detail="nvidia-smi broke off")
        rows = [(line, _ROW.match(line)) for line in lines[:-1]]
        gpus = tuple(
            Gpu(name=row["name"], memory=_bytes(row["memory"]), driver=row["driver"]) for _, row in rows if row
        )
        strange = [line for line, row in rows if row is None]
        sound = lines[-1] == "exit=0" and gpus and not strange
        detail = "" if sound else " ".join(strange) or f"nvidia-smi ended with {lines[-1]} and named no GPU"
        return Accelerator(kind="nvidia" if sound else "broken", gpus=gpus, detail=detail)


def _bytes(cell: str) -> int:
    """Return MiB as bytes; 0 where the driver has no number (`[N/A]`: memory shared with the system)."""
    return int(cell) * 1024 * 1024 if cell.isdigit() else 0
