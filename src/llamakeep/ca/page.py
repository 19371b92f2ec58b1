"""The root on a terminal: what it is, for what it may vouch, and how to trust it."""

from rich.console import Console
from rich.text import Text

from llamakeep.ca.root import Root
from llamakeep.ca.trust import steps

KEYS = {
    "here": "beside it, for its owner alone; keep a copy in a safe place",
    "sealed": "beside it, sealed",
    "elsewhere": "not here: only the operator who has it can have certificates signed",
}


def show(root: Root, console: Console) -> None:
    """Print all that goes beside the certificate; that goes to stdout alone."""
    console.print(Text.assemble((root.name, "bold"), " · made just now" if root.made else ""), soft_wrap=True)
    facts = {
        "file": root.path,
        "sha256": root.fingerprint,
        "valid": f"{root.begins} to {root.ends}",
        "vouches for": f"{', '.join(root.domains)} and private addresses" if root.domains else "every name",
        "its key": KEYS[root.key],
    }
    if root.between:
        facts["hosts"] = f"of the certificates between them the first ends on {root.between}: llamakeep ca show --hosts"
    for name, value in facts.items():
        console.print(Text.assemble((f"{name:<12}", "dim"), value), soft_wrap=True)
    for finding in root.findings:
        console.print(Text.assemble(("✗ ", "red"), finding), soft_wrap=True)
    console.print("\nto trust it", style="bold")
    for step in steps(root):
        console.print(Text.assemble((f"{step.system}\n", "dim"), f"  {step.command}"), soft_wrap=True)
    console.print()
