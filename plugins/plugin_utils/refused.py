"""What is refused as plain data: a lookup hands it to a role, and the action `refuse` says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

PARTS = ("id", "place", "found", "expected", "remedy")


def as_mappings(refusals: Iterable[Refusal]) -> list[dict[str, str]]:
    """Return refusals as a role takes them.

    >>> as_mappings([Refusal("gateway_domain", "is not set", id="gateway-domain-invalid", remedy="set it")])
    [{"id": "gateway-domain-invalid", "place": "gateway_domain", "found": "is not set", "expected": "",
      "remedy": "set it"}]
    """
    return [refusal.parts for refusal in refusals]


def from_arguments(arguments: Mapping[str, Any]) -> list[Refusal]:
    """Return what a task `llamakeep.fleet.refuse` refuses: one by its parts, or a list of such.

    >>> from_arguments({"id": "port-invalid", "place": "ollama_api_port", "found": "0 is no port for a door"})
    [Refusal("ollama_api_port", "0 is no port for a door", id="port-invalid")]
    """
    given = arguments.get("refusals", [arguments])
    return [_one({part: str(each.get(part) or "").strip("\n") for part in PARTS}) for each in given]


def text(refusals: Iterable[Refusal]) -> str:
    """Return refusals as the operator reads them; one without a place begins with what was found."""
    return "\n".join(str(one) if one.place else str(one).removeprefix(": ") for one in refusals)


def _one(parts: Mapping[str, str]) -> Refusal:
    return Refusal(**parts)
