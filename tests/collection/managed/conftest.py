"""What whoever restarts a service says to its door lies in templates, as it will lie on a host."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "templates"))
