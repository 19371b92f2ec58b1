"""The models that `ollama_models_names` asks for, as the plugins read its items."""

from __future__ import annotations

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

CHOICES = ("fail", "warn", "skip")
# Host to the names that its plan leaves out; `llamakeep up` hands it over, a play alone has none.
LEFT_OUT = "__ollama_models_left_out"

_KEYS = {"name", "on_misfit"}


def named(items: list[Any] | None) -> list[str]:
    """Return the name of each item as it is written; an option that is left empty names none.

    >>> named(["mistral:7b", {"name": "llama3.1:70b", "on_misfit": "skip"}])
    ['mistral:7b', 'llama3.1:70b']
    """
    return [_name(item) for item in items or ()]


def left_out(variables: dict[str, Any]) -> list[str]:
    """Return the canonical names of the models that are left out on the host of these variables."""
    handed_over = variables.get(LEFT_OUT) or {}
    return list(handed_over.get(variables.get("inventory_hostname"), ()))


def _name(item: Any) -> str:
    if isinstance(item, str):
        return item
    if (
        isinstance(item, dict)
        and set(item) <= _KEYS
        and isinstance(item.get("name"), str)
        and item.get("on_misfit", "fail") in CHOICES
    ):
        return str(item["name"])
    raise Refusal(
        "ollama_models_names",
        f"{item!r} names no model",
        expected="a name such as mistral:7b, or {name: mistral:7b, on_misfit: fail|warn|skip}",
        remedy="llamakeep show -i … says in which file it stands",
    )
