"""Whether a model fits on a host, as a value with its arithmetic."""

from typing import Literal

from llamakeep.record import Record

Verdict = Literal["fits", "spreads", "spills", "cpu", "does not fit", "cannot say"]


class Estimate(Record):
    """Memory of one loaded model at one context and parallelism, in bytes; `gpus` devices hold it."""

    weights: int
    cache: int  # KV, of all slots
    compute: int  # buffers of all devices
    projector: int  # its weights and its own buffers
    overhead: int  # contexts of the drivers
    margin: int  # kept free by the engine
    context: int  # tokens per slot, as the server will run it
    parallel: int
    batch: int  # micro-batch that was reckoned with
    gpus: int
    cache_shown: int  # the part of `cache` that /api/ps counts: of window models only one of their two caches
    reserve: int = 0  # what a shorter context needs beyond this one, with the larger micro-batch that it gets
    vision: int = 0  # the part of `compute` that is the vision part's

    @property
    def size(self) -> int:
        """What /api/ps will say (SIZE)."""
        return self.weights + self.cache_shown + self.compute

    @property
    def taken(self) -> int:
        """What the cards really give up."""
        return self.weights + self.cache + self.compute + self.projector + self.overhead + self.reserve

    @property
    def needed(self) -> int:
        """What must be free for the model to lie on them whole."""
        return self.taken + self.margin


class ModelFit(Record):
    """One model on one host."""

    model: str
    verdict: Verdict
    estimate: Estimate | None  # None: cannot say
    room: int  # bytes free on the devices that it was held against
    devices: tuple[str, ...] = ()  # their names
    on_cpu: float = 0.0  # share of the layers that stays with the CPU
    host: int = 0  # bytes of the host's memory that what stays with the CPU needs
    why: str = ""  # what is in the way, or what to know about the host's memory


class HostFit(Record):
    """Every model of one host, and how many of them at once."""

    models: tuple[ModelFit, ...] = ()
    together: tuple[str, ...] = ()  # the models, in the order of the inventory, that can be loaded at once
    simulated: bool = False
