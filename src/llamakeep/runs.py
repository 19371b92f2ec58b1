"""The folder of one run: `.llamakeep/runs/<UTC time>/<n>-<stage>.json`, the best bug report there is."""

from datetime import UTC, datetime
from pathlib import Path

from llamakeep.errors import Refusal
from llamakeep.record import Record

STAGES = ("inventory", "observe", "plan", "converge", "verify", "report")


class Run:
    """Where the records of one call of the kit are kept."""

    def __init__(self, base: Path) -> None:
        """Name a folder below `base` after the time; nothing is created until something is saved."""
        self.folder = base / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S-%fZ")

    def save(self, stage: str, record: Record) -> Path:
        """Write the record of one stage, readable by its owner only, and return its path."""
        path = self.folder / f"{STAGES.index(stage) + 1}-{stage}.json"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            writing = path.with_suffix(".writing")  # another verb may read this folder meanwhile, as the newest
            writing.touch(mode=0o600)
            writing.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
            writing.replace(path)
        except OSError as error:
            raise Refusal(
                str(self.folder),
                f"the record of this run cannot be written: {error.strerror}",
                id="record-not-written",
                expected="a folder in which this user may write",
                remedy="--state DIR, or LLAMAKEEP_STATE, names another folder",
            ) from error
        return path
