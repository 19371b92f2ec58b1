"""What hosts of the lab really answered when they were observed; `record.py` writes these files anew."""

from pathlib import Path

GPUS = ("rtx-4090", "2xa100", "none")
FOLDER = Path(__file__).parent / "answers"


def recorded() -> list[str]:
    """Return the answers of one host, with each GPU in turn."""
    return [(FOLDER / f"{gpu}.txt").read_text(encoding="ascii") for gpu in GPUS]
