"""What a model can lie on, as the engine sees it."""

from typing import Literal

from llamakeep.record import Record

Kind = Literal["cuda", "rocm", "metal", "cpu"]


class Device(Record):
    """One GPU, one slice of a GPU, or the memory that the CPU works in."""

    id: str  # UUID, or where it stands in the list: two cards may be alike in everything else
    name: str  # "NVIDIA GeForce RTX 4090", "3g.40gb of NVIDIA H100 80GB HBM3", "CPU"
    kind: Kind
    total: int  # bytes
    free: int  # bytes, as they will be when no model of ours is loaded
    capability: str | None = None  # CUDA compute capability, "8.9"
    shared: bool = False  # its memory is the machine's own

    @property
    def version(self) -> tuple[int, int] | None:
        """Its compute capability as numbers, None where it is not known."""
        return version(self.capability)

    @property
    def is_gpu(self) -> bool:
        """Whether it works for the CPU."""
        return self.kind != "cpu"


def version(capability: str | None) -> tuple[int, int] | None:
    """Return a compute capability as numbers.

    >>> version("8.9"), version("[N/A]")
    ((8, 9), None)
    """
    major, _, minor = (capability or "").partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else None
