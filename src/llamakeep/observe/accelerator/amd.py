"""AMD, as the kernel shows it: boards in sysfs, and the kind of their cores in the topology of KFD."""

from typing import NamedTuple

from llamakeep.observe.accelerator.blocks import Block
from llamakeep.observe.accelerator.bus import Board
from llamakeep.observe.accelerator.machine import Machine
from llamakeep.observe.seen import Accelerator, Gpu

# What Ollama's ROCm libraries are built for.
_TARGETS = frozenset(
    f"gfx{core}"
    for core in ("908", "90a", "942", "950", "1030", "1100", "1101", "1102", "1150", "1151", "1200", "1201")
)
_VENDOR = "4098"  # 0x1002
_GIB = 1024**3
_ROCM = "ROCm 7's driver (amdgpu with /dev/kfd) and Ollama's archive …-rocm"


class Seen(NamedTuple):
    """A board with what ROCm would know of it."""

    board: Board
    target: str  # "gfx1100"; empty: KFD does not list it

    @property
    def integrated(self) -> bool:
        """Whether it is part of a processor and works in the machine's memory, by Ollama's own rule."""
        vram, shared = self.board.vram, self.board.shared
        if vram is None or shared is None:
            return False
        return vram <= 4 * _GIB and shared >= 8 * _GIB and shared >= 4 * vram

    @property
    def usable(self) -> bool:
        """Whether Ollama has code for it."""
        return self.target in _TARGETS


def detect(kfd: Block, machine: Machine, boards: tuple[Board, ...]) -> Accelerator | None:
    """Return what AMD's GPUs are good for; None: there is none that anybody would want models on."""
    targets = _by_address(kfd)
    seen = [Seen(board, targets.get(board.gpu.bus, "")) for board in boards]
    driven = [one for one in seen if one.board.gpu.driver == "amdgpu"]
    # The small GPU that many processors bring for a screen is no reason to speak of AMD.
    wanted = [one for one in driven if one.usable or not one.integrated]
    if usable := [one for one in wanted if one.usable]:
        return Accelerator(
            kind="amd",
            gpus=tuple(_gpu(one, machine) for one in wanted),
            remedy=f"it needs {_ROCM}",
            module=machine.amdgpu,
            unified=all(one.integrated for one in usable),
        )
    if wanted:
        return _unusable(wanted, machine)
    idle = [one for one in seen if not one.board.gpu.driver and not _screen_only(one)]
    if idle and not machine.container:
        names = " and ".join(sorted({one.board.gpu.name for one in idle}))
        return Accelerator(
            kind="broken", cause="no driver", detail=f"no driver drives AMD {names}", remedy=f"install {_ROCM}"
        )
    return None


def _unusable(wanted: list[Seen], machine: Machine) -> Accelerator:
    """Return why boards that amdgpu drives cannot be used."""
    gpus = tuple(_gpu(one, machine) for one in wanted)
    first = wanted[0]
    if not first.target:
        detail = f"amdgpu drives {gpus[0].name}, and KFD does not list it" + ("" if machine.kfd else ": no /dev/kfd")
        return Accelerator(
            kind="broken", gpus=gpus, cause="no driver", detail=detail, remedy=f"install {_ROCM}", module=machine.amdgpu
        )
    return Accelerator(
        kind="amd",
        gpus=gpus,
        detail=f"{gpus[0].name} is {first.target}, for which Ollama's ROCm libraries have no code",
        remedy="use a board whose target Ollama's ROCm libraries know",
        module=machine.amdgpu,
    )


def _gpu(one: Seen, machine: Machine) -> Gpu:
    board = one.board
    free = board.vram - board.used if board.vram is not None and board.used is not None else None
    alone = not one.integrated
    return Gpu(
        name=f"AMD {board.gpu.name}",
        driver=machine.amdgpu or "amdgpu",
        memory=board.vram if alone else None,
        used=board.used if alone else None,
        free=free if alone else None,
        bus=board.gpu.bus,
        capability=one.target or None,
        fault="" if one.usable else "Ollama has no code for it" if one.target else "KFD does not list it",
    )


def _screen_only(one: Seen) -> bool:
    return one.board.kind is not None and one.board.kind.capability not in _TARGETS


def _by_address(kfd: Block) -> dict[str, str]:
    """Return the target of each board; a line is one node: `simd_count 192 gfx_target_version 110000 …`."""
    found: dict[str, str] = {}
    for line in kfd.lines:
        words = line.split()
        said = dict(zip(words[::2], words[1::2], strict=False))
        numbers = {name: int(value) for name, value in said.items() if value.isascii() and value.isdigit()}
        if said.get("vendor_id") != _VENDOR or not numbers.get("gfx_target_version"):
            continue
        place = numbers.get("location_id", 0)
        at = f"{numbers.get('domain', 0):04x}:{place >> 8 & 0xFF:02x}:{place >> 3 & 0x1F:02x}.{place & 7}"
        found[at] = target(numbers["gfx_target_version"])
    return found


def target(version: int) -> str:
    """Return the name of a target: minor version and step are hexadecimal digits.

    >>> target(90010), target(110501)
    ('gfx90a', 'gfx1151')
    """
    return f"gfx{version // 10000}{version // 100 % 100:x}{version % 100:x}"
