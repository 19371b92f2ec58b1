"""The door's program lies in templates/door, as it will lie on a host: its modules find each other by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "templates" / "door"))
