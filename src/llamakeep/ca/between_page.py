"""The CA between hosts on a terminal: what it is, and until when what it issued lasts."""

from rich.console import Console
from rich.text import Text

from llamakeep.ca.page import KEYS
from llamakeep.ca.record import HostsRoot

_SHOWN = 6  # certificates by name


def show(root: HostsRoot, console: Console) -> None:
    """Print it; the certificate goes to stdout alone, elsewhere."""
    console.print(Text(root.name, "bold"), soft_wrap=True)
    for name, value in facts(root).items():
        console.print(Text.assemble((f"{name:<14}", "dim"), value), soft_wrap=True)
    console.print()


def facts(root: HostsRoot) -> dict[str, str]:
    """Return what is said of it, line by line."""
    found = {
        "file": root.path,
        "sha256": root.fingerprint,
        "valid": f"{root.begins} to {root.ends}",
        "vouches for": "the hosts of this fleet among themselves; no browser trusts it",
        "its key": KEYS[root.key],
        "first to end": _first(root),
        "in force": _names([one.name for one in root.issued]),
    }
    if root.revoked:
        found["revoked"] = ", ".join(root.revoked)
    if root.replaces:
        found["replaces"] = "another root, which is trusted until every host has a certificate from this one"
        found["programs"] = "need another certificate by then, too: llamakeep client-cert NAME"
    return found


def _first(root: HostsRoot) -> str:
    if not root.issued:
        return "no certificate is in force"
    return f"{root.issued[0].ends}, {root.issued[0].name}; a run after a third of its year replaces it"


def _names(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return f"{len(names)}: {', '.join(names[:_SHOWN])}{f' and {more} more' if more > 0 else ''}" if names else "none"
