"""The records of one run, read back; any of them may be missing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from llamakeep.converge.log import RunLog
from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Fleet
from llamakeep.observe.seen import Observation
from llamakeep.plan.plan import Plan
from llamakeep.record import Record
from llamakeep.runs import STAGES
from llamakeep.verify.check import Verdict

_KINDS: dict[str, type[Record]] = {
    "inventory": Fleet,
    "observe": Observation,
    "plan": Plan,
    "converge": RunLog,
    "verify": Verdict,
}


@dataclass(frozen=True)
class Records:
    """What the stages of one run left in its folder."""

    folder: Path
    fleet: Fleet | None = None
    observation: Observation | None = None
    plan: Plan | None = None
    log: RunLog | None = None
    verdict: Verdict | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the stages that left no record.

        >>> ("plan", "converge")
        """
        held = (self.fleet, self.observation, self.plan, self.log, self.verdict)
        return tuple(stage for stage, record in zip(_KINDS, held, strict=True) if record is None)

    @property
    def inventory(self) -> str:
        """Return the inventory that the run was about, as it was given."""
        for record in (self.fleet, self.observation, self.plan, self.log, self.verdict):
            if record is not None:
                return record.inventory
        return ""


def read(folder: Path) -> Records:
    """Return the records of a run; raises Refusal where there are none, or one is of another version."""
    found: list[Any] = [_record(folder, stage, kind) for stage, kind in _KINDS.items()]
    if not any(found):
        raise Refusal(
            str(folder),
            "no record of any stage lies here",
            id="record-missing",
            remedy="llamakeep report -i INVENTORY, or a run's folder",
        )
    return Records(folder, *found)


def latest(base: Path, inventory: str | None = None) -> Path:
    """Return the newest run below `base`, of one inventory or of any; files in one folder differ by their names."""
    for folder in sorted((path for path in base.glob("*") if path.is_dir()), reverse=True):
        if any(_path(folder, stage).is_file() for stage in _KINDS) and (
            inventory is None or _name(read(folder).inventory) == _name(inventory)
        ):
            return folder
    of_it = f" of {inventory}" if inventory else ""
    raise Refusal(
        str(base), f"no run{of_it} was recorded here", id="run-missing", remedy="llamakeep verify -i INVENTORY"
    )


def _name(inventory: str) -> str:
    return Path(inventory).absolute().name


def _path(folder: Path, stage: str) -> Path:
    return folder / f"{STAGES.index(stage) + 1}-{stage}.json"


def _record(folder: Path, stage: str, kind: type[Record]) -> Record | None:
    path = _path(folder, stage)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refusal(str(path), f"it cannot be read: {error.strerror}", id="record-unreadable") from error
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise Refusal(
            str(path),
            f"{where}: {first['msg']}",
            id="record-malformed",
            expected=f"the record of this version's {stage}",
            remedy="run it again",
        ) from error
