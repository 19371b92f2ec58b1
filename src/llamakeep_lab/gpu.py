"""GPUs that lab hosts play: what nvidia-smi printed on real ones, replayed and marked as simulated."""

import difflib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llamakeep.errors import Refusal

NONE = "none"
_FOLDER = Path(__file__).parent / "gpus"
_FORM = re.compile(r"(?:(?P<count>[1-9][0-9]?)x)?(?P<model>[a-z0-9.-]+)(?:@(?P<driver>[0-9]{3}(?:\.[0-9]+){1,2}))?")
_FIRST_WITH_COMPUTE_CAP = 510  # major version; older ones refuse the field


def models() -> tuple[str, ...]:
    """Return the names that may follow `--gpu`."""
    return (NONE, *sorted(path.stem for path in _FOLDER.glob("*.json")))


def played(spec: str) -> dict[str, Any]:
    """Return what the host's nvidia-smi is to answer; nothing for a host that has none.

    `rtx-4090` is one card, `2xa100` two, `rtx-4090@535.183.01` one under another driver.

    >>> {"driver": "595.71.05", "rejects": [], "gpus": [{"index": "0", "name": "NVIDIA GeForce RTX 4090", …}]}
    """
    card, count, driver = _card(spec)
    if "fails" in card:
        return {"fails": card["fails"]}
    if "gpu" not in card:
        return {}
    boards = [_board(card["gpu"], n, driver) for n in range(count)]
    lost = card.get("lost")
    if lost:
        gone = boards.pop(lost["index"])
        bus = gone["pci.bus_id"].removeprefix("0000")
        lost = {**lost, "words": lost["words"].format(index=gone["index"], bus=bus)}
    return {
        "driver": driver,
        "rejects": ["compute_cap"] if int(driver.split(".")[0]) < _FIRST_WITH_COMPUTE_CAP else [],
        "gpus": boards,
        **({"slices": card["slices"]} if "slices" in card else {}),
        **({"lost": lost} if lost else {}),
    }


def machine(spec: str) -> dict[str, Any]:
    """Return what the host's kernel and PCI bus are to show beside it.

    >>> {"module": "595.71.05", "library": "595.71.05", "boards": [{"device": "0x2684", "driver": "nvidia", …}]}
    """
    card, count, driver = _card(spec)
    if "gpu" not in card:
        return dict(card.get("machine", {}))
    board = {"device": card["gpu"]["pci.device_id"][:6].lower(), "class": card.get("class", "0x030000")}
    return {"module": driver, "library": driver, "boards": [{**board, "driver": "nvidia"}] * count}


def _card(spec: str) -> tuple[dict[str, Any], int, str]:
    """Return the model, how many of it, and the driver's version; nothing for `none`."""
    form = _FORM.fullmatch(spec)
    model = form["model"] if form else ""
    if form is None or model not in models() or (model == NONE and spec != NONE):
        close = difflib.get_close_matches(model or spec, models(), n=3, cutoff=0.4)
        raise Refusal(
            "--gpu",
            f"{spec} is not known",
            id="gpu-unknown",
            expected=", ".join(models()) + "; two of them: 2xa100; with another driver: rtx-4090@535.183.01",
            remedy=f"did you mean {' or '.join(close)}?" if close else "",
        )
    if model == NONE:
        return {}, 0, ""
    card: dict[str, Any] = json.loads((_FOLDER / f"{model}.json").read_text(encoding="utf-8"))
    return card, int(form["count"] or card.get("count", 1)), form["driver"] or card.get("driver", "")


def _board(card: dict[str, str], index: int, driver: str) -> dict[str, str]:
    """Return one board's fields: those that no two boards share are counted up."""
    return {
        "index": str(index),
        "uuid": f"GPU-00000000-0000-0000-0000-{index:012d}",
        "pci.bus_id": f"00000000:{index + 1:02X}:00.0",
        "driver_version": driver,
        **card,
    }


def assigned(specs: Sequence[str], llm: int) -> tuple[str, ...]:
    """Return the GPU of each llm host: the given ones in order, none for the rest."""
    if len(specs) > llm:
        raise Refusal(
            "--gpu",
            f"given {len(specs)} times",
            id="gpu-given-too-often",
            expected=f"at most {llm}, one for each llm host",
            remedy="--llm N",
        )
    for spec in specs:
        played(spec)
    return (*specs, *([NONE] * (llm - len(specs))))
