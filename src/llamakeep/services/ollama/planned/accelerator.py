"""Whether a host has what its models are to run on, and enough of it."""

from collections.abc import Iterator, Sequence

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import Accelerator, Gpu, HostFacts
from llamakeep.plan.fit.devices import visible
from llamakeep.plan.fit.floor import too_old, unsupported
from llamakeep.plan.fit.serving import serving_of
from llamakeep.plan.plan import Finding
from llamakeep.services.ollama.planned.driver import driver_findings
from llamakeep.services.ollama.planned.need import Need, need_of
from llamakeep.services.ollama.wanted import WantedOllama

_MAKERS = {"nvidia": "NVIDIA", "amd": "AMD", "apple": "Apple Silicon"}


def accelerator_findings(host: Host, wanted: WantedOllama, seen: HostFacts) -> tuple[Finding, ...]:
    """Return what stands against the accelerator of a host; one that could not be seen is a gap, told elsewhere."""
    if seen.accelerator is None:
        return ()
    need = need_of(host, wanted)
    found = seen.accelerator
    played = " (simulated)" if found.simulated or seen.simulated else ""
    if found.kind == "none":
        return tuple(_missing(need, found, played))
    if found.kind == "broken":
        return tuple(_broken(need, found, played))
    serving = usable(wanted, found)
    return (
        *_wrong_kind(need, found, played),
        *_faulty(need, found, serving, played),
        *(driver_findings(need, found, serving, played) if found.kind == "nvidia" else ()),
        *_without_uvm(need, found, played),
        *_without_slices(need, found, serving, played),
        *_invisible(need, found, played),
        *_too_small(host, need, _largest(found, serving, seen), played),
        *_unlicensed(found, played),
        *_unexpected(found, played),
        *_rocm(host, found, played),
        *_platform(found, played),
    )


def usable(wanted: WantedOllama, found: Accelerator) -> tuple[Gpu, ...]:
    """Return the GPUs on which the server would run models."""
    # CUDA's variable says nothing to AMD's cards; a GPU of which several slices are seen is one all the same.
    every = (
        dict.fromkeys(gpu for gpu, _ in visible(serving_of(wanted), found)) if found.kind == "nvidia" else found.gpus
    )
    sound = [gpu for gpu in every if not gpu.fault and gpu.slices != ()]
    if found.kind != "nvidia" or found.platform == "jetson":
        return tuple(sound)
    return tuple(gpu for gpu in sound if not too_old(gpu) and not unsupported(gpu))


def _missing(need: Need, found: Accelerator, played: str) -> Iterator[Finding]:
    if need.cpu_will_do:
        return
    boards = ", ".join(f"{board.name} at {board.bus}" for board in found.bus if board.vendor != "other")
    yield need.trouble(
        "no-gpu",
        f"no GPU detected{played}" + (f"; on the PCI bus: {boards}" if boards else ""),
        _wanted(need),
        found.remedy or "take a host with one",
    )


def _broken(need: Need, found: Accelerator, played: str) -> Iterator[Finding]:
    why = ": ".join(part for part in (found.cause, found.detail) if part)
    yield need.trouble(
        "gpu-unusable",
        f"its GPU cannot be used{played}: {why or 'its tool does not see it'}",
        _wanted(need),
        found.remedy or "repair the driver",
    )


def _wanted(need: Need) -> str:
    kind = need.wanted.require_accelerator
    return f"an {_MAKERS[kind]} GPU" if kind in _MAKERS else "a working GPU"


def _wrong_kind(need: Need, found: Accelerator, played: str) -> Iterator[Finding]:
    if need.wanted.require_accelerator in {"any", "none", found.kind}:
        return
    yield Finding(
        id="gpu-of-another-kind",
        severity="blocking",
        found=f"its GPU is of another kind{played}: {_names(found.gpus) or _MAKERS[found.kind]}",
        expected=f"{_wanted(need)} (ollama_require_accelerator, {need.place})",
        remedy="set ollama_require_accelerator to any, or take the host out of llm_hosts",
    )


def _faulty(need: Need, found: Accelerator, serving: Sequence[Gpu], played: str) -> Iterator[Finding]:
    for gpu in found.gpus:
        if gpu.fault:
            others = f"; {len(serving)} of {len(found.gpus)} GPUs serve" if serving else ""
            yield need.trouble(
                "gpu-faulty",
                f"{_named(gpu)} is faulty{played}: {gpu.fault}{others}",
                "every GPU in order",
                found.remedy or "reboot; where it comes back, take the board out",
                partly=bool(serving),
            )


def _without_uvm(need: Need, found: Accelerator, played: str) -> Iterator[Finding]:
    if found.uvm is False:
        yield need.trouble(
            "nvidia-uvm-not-loaded",
            f"the kernel module nvidia_uvm is not loaded{played}: CUDA fails, though nvidia-smi works",
            "nvidia_uvm, loaded at each boot before ollama.service",
            "modprobe nvidia_uvm, and write its name into /etc/modules-load.d/nvidia-uvm.conf",
        )


def _without_slices(need: Need, found: Accelerator, serving: Sequence[Gpu], played: str) -> Iterator[Finding]:
    for gpu in found.gpus:
        if gpu.slices == ():
            yield need.trouble(
                "mig-without-slices",
                f"{_named(gpu)} is to be cut up (MIG is enabled) and has no slice{played}: nothing can run on it",
                "slices, or MIG disabled",
                f"nvidia-smi mig -i {gpu.bus or 'N'} -cgi PROFILE -C, or nvidia-smi -i {gpu.bus or 'N'} -mig 0",
                partly=bool(serving),
            )


def _invisible(need: Need, found: Accelerator, played: str) -> Iterator[Finding]:
    """Report a CUDA_VISIBLE_DEVICES that hides every GPU of the host, be it by a name of another one's."""
    if need.wanted.visible is None or not found.gpus:
        return
    if found.kind == "nvidia" and need.wanted.visible is not None and not visible(serving_of(need.wanted), found):
        named = ", ".join(need.wanted.visible) or "none"
        yield need.trouble(
            "gpu-hidden-by-environment",
            f"CUDA_VISIBLE_DEVICES in ollama_environment names no GPU of this host{played}: {named}",
            ", ".join(filter(None, (gpu.uuid for gpu in found.gpus))) or "a GPU of this host",
            "correct it for this host, or leave it out: then all are used",
        )


def _largest(found: Accelerator, serving: Sequence[Gpu], seen: HostFacts) -> tuple[str, int] | None:
    """Return name and bytes of the largest piece of memory that one model can have; None: not known."""
    if found.apple is not None:
        return found.apple.chip, found.apple.working_set
    pieces = [piece for gpu in serving for piece in _pieces(gpu)]
    if not pieces and found.unified and seen.system is not None and serving:
        return serving[0].name, seen.system.memory
    return max(pieces, key=lambda piece: piece[1], default=None)


def _pieces(gpu: Gpu) -> Iterator[tuple[str, int]]:
    if gpu.slices:
        yield from ((f"{gpu.name} {part.name}", part.memory) for part in gpu.slices if part.memory is not None)
    elif gpu.memory is not None:
        yield gpu.name, gpu.memory


def _too_small(host: Host, need: Need, largest: tuple[str, int] | None, played: str) -> Iterator[Finding]:
    if largest is None or largest[1] >= need.wanted.minimum_vram:
        return
    name, memory = largest
    place = host.places.get("ollama_minimum_vram", "its default")
    yield need.trouble(
        "gpu-memory-too-small",
        f"its largest GPU is too small{played}: {name}, with {_decimal(memory)}",
        f"{_decimal(need.wanted.minimum_vram)} on one GPU (ollama_minimum_vram, {place}), as a model that one GPU "
        "cannot hold spills",
        "lower ollama_minimum_vram for this host, where small models are enough",
    )


def _unlicensed(found: Accelerator, played: str) -> Iterator[Finding]:
    for gpu in found.gpus:
        if gpu.licence:
            yield Finding(
                id="gpu-licence-missing",
                severity="warning",
                found=f"{_named(gpu)} is a virtual GPU whose licence is not in order{played}: {gpu.licence}",
                expected="Licensed",
                remedy="give the host its licence: without one the GPU is slowed down after a while",
            )


def _unexpected(found: Accelerator, played: str) -> Iterator[Finding]:
    """Warn of an answer that was only half understood, where no other rule names what it says."""
    if found.detail and not found.cause:
        yield Finding(
            id="gpu-partly-unreadable",
            severity="warning",
            found=f"of its GPUs not all could be read{played}: {found.detail}",
            remedy=found.remedy or "run nvidia-smi on the host",
        )


def _rocm(host: Host, found: Accelerator, played: str) -> Iterator[Finding]:
    if found.kind == "amd" and not host.inputs.get("ollama_archive_url"):
        yield Finding(
            id="rocm-libraries-missing",
            severity="warning",
            found=f"{_names(found.gpus) or 'AMD'}{played} needs ROCm's libraries, which are not in the locked archive",
            expected="ROCm 7's driver (amdgpu with /dev/kfd), and Ollama's archive …-rocm unpacked over the other one",
            remedy="name an archive with both by ollama_archive_url: until then Ollama may use the CPU and not say so",
        )


def _platform(found: Accelerator, played: str) -> Iterator[Finding]:
    if found.platform == "wsl2":
        yield Finding(
            id="platform-wsl",
            severity="warning",
            found=f"it runs in WSL2{played}: its GPU is driven from Windows, and WSL stops when nobody uses it",
            expected="a host that stays up by itself",
            remedy="keep NVIDIA's driver on Windows and none in Linux; start WSL with Windows and keep it running",
        )
    elif found.platform == "jetson":
        yield Finding(
            id="platform-jetson",
            severity="warning",
            found=f"it is a Jetson{played}: its GPU libraries are not in the locked archive",
            expected="Ollama's archive …-jetpack5 or …-jetpack6 unpacked over the other one, up to JetPack 6",
            remedy="name an archive with both by ollama_archive_url: until then Ollama may use the CPU and not say so",
        )


def _names(gpus: Sequence[Gpu]) -> str:
    """Return the boards by name, those of a kind together.

    >>> "2 NVIDIA A100-SXM4-80GB and NVIDIA L40S"
    """
    count: dict[str, int] = {}
    for gpu in gpus:
        count[gpu.name] = count.get(gpu.name, 0) + 1
    return " and ".join(name if number == 1 else f"{number} {name}" for name, number in count.items())


def _named(gpu: Gpu) -> str:
    return f"{gpu.name} at {gpu.bus}" if gpu.bus else gpu.name


def _decimal(size: int) -> str:
    """Return bytes as the option is written, and as cards are sold.

    >>> _decimal(6442450944)
    '6.4 GB'
    """
    return f"{size / 10**9:.1f} GB"
