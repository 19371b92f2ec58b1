"""Whether the engine uses flash attention: without it every head gets a score for every cell.

Source: figures C4 [ollama: ml/device.go, FlashAttentionSupported; llm/llama_server.go].
"""

from collections.abc import Iterable

from llamakeep.lock.lock import Dimensions
from llamakeep.plan.fit.device import Device

# The engine itself turned it off for their heads on a CUDA card (figures B1, rows 8 to 10).
REFUSED = frozenset({"deepseek2"})


def offered(devices: Iterable[Device], asked: bool | None) -> bool:
    """Return whether the server asks its engine for it: what the operator set, else what every device supports."""
    if asked is not None:
        return asked
    return all(_supports(device) for device in devices)


def used(model: Dimensions, devices: Iterable[Device], asked: bool | None, cache_type: str) -> bool:
    """Return whether the engine runs the model with it; a quantised cache switches it on by itself."""
    devices = tuple(devices)
    if cache_type != "f16" and asked is not False:
        return True
    if model.architecture in REFUSED and any(device.kind == "cuda" for device in devices):
        return False
    return offered(devices, asked)


def _supports(device: Device) -> bool:
    """Return whether a device can: CUDA from compute capability 6.0, except 7.2; the others always."""
    if device.kind != "cuda" or device.version is None:
        return True
    return device.version >= (6, 0) and device.version != (7, 2)
