"""Which GPUs of NVIDIA's the server takes; the others it passes over and uses the CPU, without a word.

Source: the server's own floor [ollama: discover/cuda_compat.go, docs/gpu.mdx, tree of 21 August 2026].
"""

from llamakeep.observe.seen import Gpu
from llamakeep.plan.fit.device import version

OLDEST_DRIVER = 550
OLDEST_DRIVER_BEFORE_VOLTA = 570
_VOLTA = (7, 0)
_OLDEST_CAPABILITY = (5, 0)


def too_old(gpu: Gpu) -> bool:
    """Whether its driver is older than the server needs; one that cannot be read is not held against it."""
    branch = gpu.driver.partition(".")[0]
    return branch.isascii() and branch.isdigit() and int(branch) < oldest_driver(gpu)


def oldest_driver(gpu: Gpu) -> int:
    """Return the oldest branch of the driver that the server takes for a GPU."""
    capability = version(gpu.capability)
    return OLDEST_DRIVER_BEFORE_VOLTA if capability is not None and capability < _VOLTA else OLDEST_DRIVER


def unsupported(gpu: Gpu) -> bool:
    """Whether the server has no code for so old a GPU."""
    capability = version(gpu.capability)
    return capability is not None and capability < _OLDEST_CAPABILITY
