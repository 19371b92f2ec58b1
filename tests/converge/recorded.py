"""What ansible-runner told of one host of a lab, by `--check --diff`; addresses are those of the documentation."""

import json
from pathlib import Path

EVENTS = Path(__file__).parent / "events"


def recorded(name: str) -> list[dict]:
    return [json.loads(line) for line in (EVENTS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
