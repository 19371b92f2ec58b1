"""The version that the archive was built with; it always says that this is the stand-in."""

from pathlib import Path

_FILE = Path(__file__).with_name("VERSION")

VERSION = _FILE.read_text(encoding="ascii").strip() if _FILE.is_file() else "0.0.0-standin"
