"""What Apple Silicon has for models."""

import re

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import Accelerator, Apple, Gpu

_MIB = 1024 * 1024
_GIB = 1024 * _MIB
_FROM_HERE_THREE_QUARTERS = 36 * _GIB  # less memory than this: two thirds of it

# One key a call: sysctl leaves no line for a key that it does not know, and the next ones would be taken for it.
_QUESTION = r"""
[ "$(uname -s)" = Darwin ] || { echo none; exit 0; }
for key in hw.optional.arm64 machdep.cpu.brand_string hw.ncpu hw.memsize sysctl.proc_translated \
    iogpu.wired_limit_mb debug.iogpu.wired_limit; do
    value=$(sysctl -n "$key") && echo "$key=$value"
done
echo "macos=$(sw_vers -productVersion)"
cores=$(ioreg -r -d 1 -w 0 -c AGXAccelerator | sed -n 's/.*"gpu-core-count" = \([0-9]*\).*/\1/p')
[ -n "$cores" ] || cores=$(system_profiler SPDisplaysDataType | sed -n 's/.*Total Number of Cores: \([0-9]*\).*/\1/p')
echo "gpu_cores=$cores"
"""


class AppleFact(Fact[Apple | None]):
    """The chip, and what Metal lends models of its memory; None: no Apple Silicon.

    >>> Apple(chip="Apple M2 Ultra", cores=24, gpu_cores=60, macos="15.6.1", translated=False, wired_limit=0,
    ...       working_set=51539607552, exact=False)
    """

    name = "apple"
    limit = 8  # system_profiler takes seconds now and then

    def question(self, ask: Ask) -> str:  # noqa: ARG002 - the same on every host
        """Ask sysctl and the registry of devices; no serial number is ever read."""
        return _QUESTION

    def parse(self, answer: str) -> Apple | None:
        """Read `key=value` lines; without `hw.optional.arm64` it is an Intel Mac."""
        if answer.strip() == "none":
            return None
        said = dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)
        if not said:
            raise ValueError("sysctl said nothing")
        if said.get("hw.optional.arm64") != "1":
            return None
        limit = int(said.get("iogpu.wired_limit_mb") or 0) * _MIB or int(said.get("debug.iogpu.wired_limit") or 0)
        gpu_cores = re.match(r"\d+", said.get("gpu_cores", ""))
        return Apple(
            chip=said["machdep.cpu.brand_string"],
            cores=int(said["hw.ncpu"]),
            gpu_cores=int(gpu_cores[0]) if gpu_cores else None,
            macos=said.get("macos", ""),
            translated=said.get("sysctl.proc_translated") == "1",
            wired_limit=limit,
            working_set=limit or working_set(int(said["hw.memsize"])),
            exact=limit > 0,
        )


def working_set(memory: int) -> int:
    """Return the bytes that Metal lends at the least, of two rules that releases of macOS have: the lower one.

    >>> working_set(64 * 1024**3), working_set(16 * 1024**3)
    (51539607552, 11453246122)
    """
    return memory * 3 // 4 if memory >= _FROM_HERE_THREE_QUARTERS else memory * 2 // 3


def accelerator(apple: Apple) -> Accelerator:
    """Return Apple Silicon as what the models can run on."""
    gpu = Gpu(name=apple.chip, driver="", memory=apple.working_set)
    return Accelerator(kind="apple", gpus=(gpu,), unified=True, apple=apple)
