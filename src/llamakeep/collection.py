"""Where the Ansible collection `llamakeep.fleet` lies, installed or in a checkout."""

import sys
import sysconfig
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
        id="collection-missing",
        remedy="install the llamakeep wheel again, or run from a checkout",
    )


@cache
def path() -> Path:
    """Return the folder to name to Ansible, so that it finds this collection and no other copy of it."""
    for place in (Path(__file__).resolve().parent.parent, Path(sysconfig.get_path("purelib"))):
        if (place / "ansible_collections" / "llamakeep" / "fleet").resolve() == root():
            return place
    raise Refusal(
        str(root()),
        "the collection llamakeep.fleet does not lie where Ansible looks",
        id="collection-not-on-path",
        expected=f"{sysconfig.get_path('purelib')}/ansible_collections/llamakeep/fleet leads to it",
        remedy="install the llamakeep wheel again, or run .config/setup in the checkout",
    )


def leave_to_ansible() -> None:
    """Have the collection's packages found anew, by Ansible's own loader: it wants more of them than Python does.

    To be called before that loader is started; modules that are imported already stay, so that a class stays one.
    """
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "ansible_collections"}
    for name, module in ours.items():
        if hasattr(module, "__path__"):
            del sys.modules[name]


def refuse_other(place: Path) -> None:
    """Refuse the copy of the collection at `place`, which Ansible has loaded, where it is not the kit's own version."""
    from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit

    if place.resolve() == root():
        return
    found, own = kit.version_at(place), kit.version_at(root())
    if found != own:
        raise Refusal(
            str(place),
            f"Ansible loads llamakeep.fleet {found} from here",
            id="collection-of-another-version",
            expected=f"{own}, which this llamakeep brings with it",
            remedy=f"remove that copy: rm -r {place}",
        )
