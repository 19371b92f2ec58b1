"""As whom a host is looked at, in the line that stands before its script."""

import shlex


def rights(by: str = "", barred: str = "") -> str:
    """Return the line that tells a script by which method it became root, or why it could not."""
    return f"LLAMAKEEP_BY={shlex.quote(by)} LLAMAKEEP_BARRED={shlex.quote(barred)}\n"
