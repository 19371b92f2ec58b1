"""The measurements, and what the estimate says of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from llamakeep.lock.lock import Dimensions
from llamakeep.plan.fit import attention, batch, compute, kv
from llamakeep.plan.fit.device import Device
from llamakeep.plan.fit.estimate import CONTEXT, estimate
from llamakeep.plan.fit.load import Load
from llamakeep.plan.fit.placement import choose, layers_held
from llamakeep.plan.fit.result import Estimate

HERE = Path(__file__).parent
MIB = 2**20
MOST_OVER, MOST_UNDER = 0.03, 0.02  # of the measured SIZE


@dataclass(frozen=True)
class Row:
    """One measurement."""

    section: str
    given: dict[str, Any]
    model: Dimensions

    @property
    def id(self) -> str:
        given = self.given
        words = [self.section, str(given["model"]), str(given["context"]), str(given.get("parallel", 1))]
        return "-".join([*words, given.get("cache_type", "f16"), "" if given.get("flash", True) else "no-fa"])

    @property
    def device(self) -> Device:
        return self.devices[0]

    @property
    def devices(self) -> tuple[Device, ...]:
        """The cards that the server chooses among those that there are, or the CPU."""
        given = self.given
        free = given.get("free_mib", 24576) * MIB
        kind = given.get("device", "cuda")
        shared = kind in ("cpu", "metal")
        cards = [
            Device(
                id=str(n),
                name=kind,
                kind=kind,
                total=free,
                free=free,
                capability=given.get("capability"),
                shared=shared,
            )
            for n in range(given.get("gpus", 1))
        ]
        tokens = min(given["context"], self.model.context) * given.get("parallel", 1)
        return choose(cards, batch.forecast(self.model, tokens), spread=given.get("spread", False))

    @property
    def flash_offered(self) -> bool:
        given = self.given
        return bool(given.get("flash_offered", attention.offered(self.devices, given.get("flash"))))

    @property
    def flash(self) -> bool:
        given = self.given
        return attention.used(self.model, self.devices, given.get("flash"), given.get("cache_type", "f16"))

    @property
    def load(self) -> Load:
        """As the server would load it; where the card is not known, with the micro-batch that the row assumes."""
        given = self.given
        load = Load(
            context=min(given["context"], self.model.context),
            parallel=given.get("parallel", 1),
            cache_type=given.get("cache_type", "f16"),
            flash=self.flash,
        )
        if self.section in ("rows", "own", "card"):
            step = batch.micro_batch(self.model, load, self.devices, flash_offered=self.flash_offered)
        else:
            step = given.get("batch", 512)
        return load.model_copy(update={"batch": step})

    @property
    def estimate(self) -> Estimate:
        return estimate(self.model, self.load, self.devices, flash_offered=self.flash_offered)

    @property
    def held(self) -> int:
        """How many layers the card holds of a model that spills; the pretended card has no driver on it."""
        card = self.device.model_copy(update={"free": self.device.free + CONTEXT})
        return layers_held(self.model, self.load, self.estimate, (card,), whole=False)

    @property
    def buffers(self) -> int:
        """Bytes of the language part's compute buffers."""
        count = len(self.devices)
        return compute.buffer(self.model, self.load, self.device.kind, count) * count

    @property
    def cache(self) -> int:
        return kv.cache(self.model, self.load)

    @property
    def estimated(self) -> int:
        """What stands against the measured figure."""
        if "text" in self.given:
            return self.estimate.weights + self.cache + self.buffers
        return self.estimate.size if "size" in self.given else self.buffers

    @property
    def measured(self) -> tuple[float, float]:
        """The bytes between which the true figure lies, by how it was shown."""
        given = self.given
        return interval(given.get("size", given.get("text", f"{given.get('compute')} MiB")))

    @property
    def error(self) -> float:
        """Distance to the nearer edge of what was shown, as a share; 0 within it."""
        low, high = self.measured
        nearest = min(max(self.estimated, low), high)
        return self.estimated / nearest - 1

    @property
    def met(self) -> bool:
        return -MOST_UNDER <= self.error <= MOST_OVER


def interval(shown: str | int) -> tuple[float, float]:
    """Return what a shown figure can stand for, in bytes.

    >>> interval("5.3 GB"), interval("13 GB")
    ((5250000000.0, 5350000000.0), (13000000000.0, 14000000000.0))
    """
    if isinstance(shown, int):
        return shown, shown
    number, unit = shown.split()
    value = float(number)
    if unit == "MiB":
        return value * MIB, value * MIB
    scale = {"MB": 1e6, "GB": 1e9}[unit]
    if "." in number:
        return (value - 0.05) * scale, (value + 0.05) * scale
    if unit == "MB":
        return (value - 0.5) * scale, (value + 0.5) * scale
    return value * scale, (value + 1) * scale


@cache
def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return content


def rows(section: str) -> Iterator[Row]:
    """Return the measurements of one section: rows, gaps, caches and older are published, own and card are ours."""
    ours = section in ("own", "card")
    content = _read(f"{section}.yml" if ours else "measured.yml")
    models = {name: Dimensions(**numbers) for name, numbers in content["models"].items()}
    for given in content["rows" if ours else section]:
        model = models[given["model"]]
        if "num_batch" in given:
            model = model.model_copy(update={"num_batch": given["num_batch"]})
        base = {"ollama": "0.32.15", "device": "cpu" if section == "own" else "cuda"} if ours else {}
        yield Row(section, {**base, **given}, model)


def model(name: str) -> Dimensions:
    """Return the numbers of a model of the published rows."""
    return Dimensions(**_read("measured.yml")["models"][name])


def slopes() -> Iterator[tuple[dict[str, Any], int]]:
    """Return what a card's use rose by, and the bytes that the estimate rises by."""
    for given in _read("measured.yml")["slopes"]:
        sizes = []
        for context in given["context"]:
            load = Load(context=context)
            sizes.append(kv.cache(model(given["model"]), load) + compute.buffer(model(given["model"]), load, "cuda"))
        yield given, sizes[1] - sizes[0]
