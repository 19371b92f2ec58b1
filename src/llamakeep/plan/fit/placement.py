"""Which devices the server picks for a model, and how many of its layers they hold.

Source: figures C7 [ollama: server/sched.go, selectLlamaServerPlacement; llama.cpp: common/fit.cpp].
"""

from collections.abc import Sequence

from llamakeep.lock.lock import Dimensions
from llamakeep.plan.fit import compute
from llamakeep.plan.fit.batch import USABLE
from llamakeep.plan.fit.device import Device
from llamakeep.plan.fit.estimate import MARGIN, overhead
from llamakeep.plan.fit.load import Load
from llamakeep.plan.fit.result import Estimate


def choose(devices: Sequence[Device], forecast: int, *, spread: bool) -> tuple[Device, ...]:
    """Return the one GPU with most free memory that holds the forecast with a fifth to spare, else all of them."""
    if not spread and len(devices) > 1:
        roomy = [device for device in devices if forecast <= device.free * USABLE // 100]
        if roomy:
            return (max(roomy, key=lambda device: device.free),)
    return tuple(devices)


def layers_held(model: Dimensions, load: Load, estimate: Estimate, devices: Sequence[Device], *, whole: bool) -> int:
    """Return how many of the layers and the output, `blocks + 1`, find a place on the devices; whole layers only.

    `whole`: every layer is hoped for. Else some stay with the CPU, and the buffer is another one.
    """
    rooms = [_room(model, load, estimate, device, devices, whole=whole) for device in devices]
    best = max(rooms, default=0)
    if not model.blocks or best < model.output_bytes:
        return 0
    rooms[rooms.index(best)] -= model.output_bytes
    moving = max(estimate.weights - model.output_bytes, 0) + estimate.cache + estimate.reserve
    mean = max(moving // model.blocks, 1)
    if len(devices) == 1:
        return min(max(rooms[0], 0) // mean, model.blocks) + 1
    # A device's layers may be larger than the mean by as much as the largest one is.
    excess = max(model.block_bytes + estimate.cache // model.blocks - mean, 0)
    return min(sum(max(room - excess, 0) // mean for room in rooms), model.blocks) + 1


def _room(
    model: Dimensions, load: Load, estimate: Estimate, device: Device, devices: Sequence[Device], *, whole: bool
) -> int:
    """Return the bytes that a device has for layers, once it has its buffer, its driver's context and the margin."""
    if whole:
        buffer = compute.buffer(model, load, device.kind, len(devices))
    else:
        buffer = compute.spilled(model, load, device.kind)
    first = estimate.projector + estimate.vision if device == devices[0] else 0
    return device.free - buffer - overhead(device) - MARGIN - first
