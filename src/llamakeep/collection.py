"""Where the Ansible collection `llamakeep.fleet` lies, installed or in a checkout."""

import sys
from functools import cache
from pathlib import Path

from llamakeep.errors import Refusal


@cache
def root() -> Path:
    """Return the collection's folder: beside `src/` in a checkout, else under site-packages."""
    package = Path(__file__).resolve().parent
    for place in (package.parent.parent, package.parent / "ansible_collections" / "llamakeep" / "fleet"):
        if (place / "galaxy.yml").is_file() and (place / "roles").is_dir():
            return place
    raise Refusal(
        str(package),
        "the collection llamakeep.fleet is not installed beside this package",
        remedy="install the llamakeep wheel again, or run from a checkout",
    )


def leave_to_ansible() -> None:
    """Have the collection's packages found anew, by Ansible's own loader: it wants more of them than Python does.

    To be called before that loader is started; modules that are imported already stay, so that a class stays one.
    """
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "ansible_collections"}
    for name, module in ours.items():
        if hasattr(module, "__path__"):
            del sys.modules[name]
