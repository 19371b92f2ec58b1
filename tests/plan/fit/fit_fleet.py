"""Hosts and wishes for the tests of fit."""

from typing import Any

from facts import facts
from llamakeep.lock.lock import Dimensions, LockedModel
from llamakeep.observe.seen import Accelerator, Apple, Gpu, HostFacts, System
from llamakeep.plan.fit.serving import Serving

GIB = 2**30


def gpu(gib: float, *, free: float | None = None, **more: Any) -> Gpu:
    memory = int(gib * GIB)
    left = memory if free is None else int(free * GIB)
    numbers: dict[str, Any] = {"name": f"card of {gib:g}", "driver": "595.80", "capability": "8.9"}
    return Gpu(**{**numbers, "memory": memory, "used": memory - left, "free": left, **more})


def host(
    *gpus: Gpu, memory: float = 64, available: float | None = None, kind: str = "nvidia", **more: Any
) -> HostFacts:
    system = System(
        os="debian",
        os_version="13",
        os_name="Debian GNU/Linux 13 (trixie)",
        architecture="amd64",
        kernel="6.12",
        init="systemd 257",
        cpus=16,
        memory=int(memory * GIB),
        available=int((memory if available is None else available) * GIB),
        python="3.13.5",
        root="is root",
    )
    cards = tuple(one.model_copy(update={"uuid": one.uuid or f"GPU-{n}"}) for n, one in enumerate(gpus))
    accelerator = Accelerator(kind=kind if gpus else "none", gpus=cards)  # type: ignore[arg-type]
    return facts("gpu01", **{"system": system, "accelerator": accelerator, **more})


def mac(working_set: float, memory: float) -> HostFacts:
    apple = Apple(
        chip="Apple M2 Ultra",
        cores=24,
        gpu_cores=60,
        macos="15.6.1",
        translated=False,
        wired_limit=0,
        working_set=int(working_set * GIB),
        exact=False,
    )
    return host(memory=memory, accelerator=Accelerator(kind="apple", apple=apple, unified=True))


def locked(dimensions: Dimensions | None, name: str = "mistral:7b") -> LockedModel:
    size = dimensions.file if dimensions is not None else 0
    return LockedModel(
        name=name, registry="http://m", path="library/x", digest="ab", size=size, manifest="{}", dimensions=dimensions
    )


def wanted(*models: Dimensions | LockedModel | None, **more: Any) -> Serving:
    listed = [one if isinstance(one, LockedModel) else locked(one, f"model{n}:latest") for n, one in enumerate(models)]
    return Serving(models=tuple(listed), **more)
