"""What a host has for models: its GPUs as the server would take them, and the memory of the CPU."""

from collections.abc import Iterator

from llamakeep.observe.seen import Accelerator, Gpu, HostFacts, Loaded, Slice
from llamakeep.plan.fit import kv
from llamakeep.plan.fit.device import Device, Kind
from llamakeep.plan.fit.estimate import CONTEXT, CONTEXT_SHARED
from llamakeep.plan.fit.floor import too_old, unsupported
from llamakeep.plan.fit.load import Load, slots_of
from llamakeep.plan.fit.serving import Serving
from llamakeep.plan.fit.weights import projector

_SHIFTS = {"M": 20, "G": 30, "T": 40}


def gpus(wanted: Serving, seen: HostFacts) -> tuple[Device, ...]:
    """Return the devices that the server would use, the one with most free memory first; none: the CPU has to do."""
    accelerator = seen.accelerator
    if accelerator is None:
        return ()
    if accelerator.kind == "apple":
        return tuple(_apple(accelerator))
    if accelerator.kind not in ("nvidia", "amd"):
        return ()
    units = visible(wanted, accelerator) if accelerator.kind == "nvidia" else [(gpu, None) for gpu in accelerator.gpus]
    held = _held(wanted, seen)
    found = [device for gpu, part in units if (device := _device(gpu, part, held, seen, accelerator)) is not None]
    return tuple(sorted(found, key=lambda device: -device.free))


def cpu(wanted: Serving, seen: HostFacts) -> Device | None:
    """Return the memory that the CPU works in, as far as the server may take it; None: it could not be seen."""
    if seen.system is None or not seen.system.memory:
        return None
    free = seen.system.available if seen.system.available is not None else seen.system.memory
    free += sum(_anonymous(wanted, seen))
    total = memory_max(wanted.memory_limit, seen.system.memory)
    name = "CPU" if free <= total else f"CPU, within MemoryMax={wanted.memory_limit}"
    return Device(id="cpu", name=name, kind="cpu", total=total, free=min(free, total), shared=True)


def memory_max(limit: str, memory: int) -> int:
    """Return the bytes that a limit leaves of the host's memory, read as systemd reads it (systemd.resource-control).

    >>> memory_max("48G", 64 << 30)
    51539607552
    """
    if limit == "infinity":
        return memory
    number, unit = int(limit[:-1]), limit[-1]
    return min(memory, memory * number // 100 if unit == "%" else number << _SHIFTS[unit])


def _anonymous(wanted: Serving, seen: HostFacts) -> Iterator[int]:
    """Return of each loaded model the bytes with the CPU that come back; its file counts as available all the while."""
    sizes = {model.name: model.size for model in wanted.models}
    for model in seen.in_memory:
        yield max(model.size - model.size_vram - sizes.get(model.name, model.size), 0)
        if not model.size_vram:
            yield CONTEXT_SHARED + _uncounted(model, wanted)


def _apple(accelerator: Accelerator) -> Iterator[Device]:
    """Return what Metal lends to models: a budget, not a measure of what is free."""
    if accelerator.apple is not None:
        budget = accelerator.apple.working_set
        yield Device(id="metal", name=accelerator.apple.chip, kind="metal", total=budget, free=budget, shared=True)


def visible(wanted: Serving, accelerator: Accelerator) -> list[tuple[Gpu, Slice | None]]:
    """Return the GPUs and slices that CUDA shows a process, by CUDA_VISIBLE_DEVICES where it is set.

    A process sees one slice at most, and no whole GPU beside it (NVIDIA's guide to MIG, "Device Enumeration"). As CUDA
    does, whatever follows a name that fits nothing is left out.
    """
    units: list[tuple[Gpu, Slice | None]] = []
    for gpu in accelerator.gpus:
        units += [(gpu, None)] if gpu.slices is None else [(gpu, part) for part in gpu.slices]
    if wanted.visible is not None:
        named = []
        for name in wanted.visible:
            unit = next((one for index, one in enumerate(units) if _named(name, index, *one)), None)
            if unit is None:
                break
            named.append(unit)
        units = named
    first = next(((gpu, part) for gpu, part in units if part is not None), None)
    return units if first is None else [first]


def _named(name: str, index: int, gpu: Gpu, part: Slice | None) -> bool:
    """Return whether a name in CUDA_VISIBLE_DEVICES means this unit: an index, or a UUID from its beginning."""
    uuid = gpu.uuid if part is None else part.uuid
    return name == str(index) if name.isdigit() else bool(name) and uuid.startswith(name)


def _device(gpu: Gpu, part: Slice | None, held: int, seen: HostFacts, accelerator: Accelerator) -> Device | None:
    """Return one GPU or slice as a device; None where the server would pass it over; our models hold `held` bytes."""
    nvidia = accelerator.kind == "nvidia"
    counts = nvidia and accelerator.platform != "jetson"  # whose driver counts in another way
    if gpu.fault or (counts and (too_old(gpu) or unsupported(gpu))):
        return None
    total, free, shared = _memory(gpu, part, held, seen, accelerator)
    if not total:
        return None
    name = gpu.name if part is None else f"{part.name} of {gpu.name}"
    capability = gpu.capability if nvidia else None
    kind: Kind = "cuda" if nvidia else "rocm"
    mark = part.uuid if part is not None else gpu.uuid or gpu.bus or str(accelerator.gpus.index(gpu))
    return Device(id=mark, name=name, kind=kind, total=total, free=free, capability=capability, shared=shared)


def _memory(
    gpu: Gpu, part: Slice | None, held: int, seen: HostFacts, accelerator: Accelerator
) -> tuple[int, int, bool]:
    """Return total and free bytes, and whether they are the machine's; what our own models hold counts as free."""
    if part is not None:
        return part.memory or 0, part.memory or 0, False
    if gpu.memory is None or accelerator.unified:
        if seen.system is None:
            return 0, 0, True
        free = seen.system.available if seen.system.available is not None else seen.system.memory
        return seen.system.memory, min(free + held, seen.system.memory), True
    used = gpu.used or 0
    free = gpu.free if gpu.free is not None else gpu.memory - used
    all_used = sum(one.used or 0 for one in accelerator.gpus)
    ours = min(held * used // all_used, used) if all_used else 0  # which GPU holds how much is not told
    return gpu.memory, min(free + ours, gpu.memory), False


def _held(wanted: Serving, seen: HostFacts) -> int:
    """Return the bytes that the running server's models hold on accelerators."""
    loaded = seen.in_memory
    return sum(model.size_vram + CONTEXT + _uncounted(model, wanted) for model in loaded if model.size_vram)


def _uncounted(loaded: Loaded, wanted: Serving) -> int:
    """Return the bytes of a loaded model that /api/ps leaves out: the first of two caches, and the projector."""
    model = next((one.dimensions for one in wanted.models if one.name == loaded.name), None)
    if model is None:
        return 0
    load = Load(context=loaded.context, parallel=slots_of(model, wanted), cache_type=wanted.cache_type)
    return kv.cache(model, load) - kv.shown(model, load) + (projector(model) if loaded.size_vram else 0)
