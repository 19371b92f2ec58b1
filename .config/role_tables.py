"""Draws each role's table of options into its README, from the one place that describes them.

Usage: role_tables.py [--check]. With --check nothing is written; exit code 1 where one is behind.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

BEGIN, END = "<!-- options -->", "<!-- /options -->"
ROLES = Path(__file__).resolve().parent.parent / "roles"


def table(options: dict[str, dict[str, Any]]) -> str:
    """Return the Markdown table of one role's options."""
    if not options:
        return "This role has no options."
    rows = ["| variable | type | default | what it does |", "|---|---|---|---|"]
    for name, option in options.items():
        description = option["description"]
        text = " ".join(description) if isinstance(description, list) else description
        text = re.sub(r"\bC\(([^)]*)\)", r"`\1`", text)  # Ansible's markup for code
        choices = f" ({', '.join(option['choices'])})" if "choices" in option else ""
        default = f"`{json.dumps(option['default'])}`" if "default" in option else "required"
        rows.append(f"| `{name}` | {option['type']}{choices} | {default} | {' '.join(text.split())} |")
    return "\n".join(rows)


def drawn(role: Path) -> str:
    """Return the README of one role with its table drawn anew."""
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options = specs["argument_specs"]["main"].get("options", {})
    text = (role / "README.md").read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    return f"{head}{BEGIN}\n{table(options)}\n{END}{tail}"


def main(check: bool) -> int:
    """Draw, or compare."""
    behind = []
    for role in sorted(path.parent.parent for path in ROLES.glob("*/meta/argument_specs.yml")):
        readme = role / "README.md"
        wanted = drawn(role)
        if readme.read_text(encoding="utf-8") != wanted:
            behind.append(str(readme.relative_to(ROLES.parent)))
            if not check:
                readme.write_text(wanted, encoding="utf-8")
    for path in behind:
        print(f"{path}: {'is behind its argument_specs.yml → make docs' if check else 'drawn anew'}")  # noqa: T201
    return 1 if check and behind else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
