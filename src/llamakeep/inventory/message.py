"""What the collection says no with, taken apart: its roles and plugins have a text for the operator, no record."""

from collections.abc import Iterator

from llamakeep.errors import Refusal


def in_parts(said: str) -> Iterator[Refusal]:
    r"""Return the refusals in a message of the collection, taken apart again.

    >>> [str(one) for one in in_parts("gateway_domain: is not set\n  expected: a domain\n  → set it")]
    ['gateway_domain: is not set\n  expected: a domain\n  → set it']
    """
    parts: list[dict[str, str]] = []
    for line in said.splitlines():
        text = line.strip()
        if not line.startswith((" ", "\t")) and text:
            place, _, found = text.partition(": ")
            parts.append({"place": place, "found": found, "expected": "", "remedy": ""})
        elif parts and text.startswith("expected: "):
            parts[-1]["expected"] = text.removeprefix("expected: ")
        elif parts and text.startswith("→"):
            parts[-1]["remedy"] = text.removeprefix("→").strip()
    for one in parts:
        yield Refusal(one["place"], one["found"], expected=one["expected"], remedy=one["remedy"])
