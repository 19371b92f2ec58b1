"""What Open WebUI keeps of a model: who sees it, and what is offered with it. A card goes before the default."""

from __future__ import annotations

from typing import Any

# What the role tells the program of every model that has no card (DEFAULT_MODEL_METADATA).
DEFAULT = {"builtin_tools": False, "vision": False}
MEANS = {"builtin_tools": "tools", "vision": "vision"}  # of the program -> in the words of Ollama
EVERYBODY = {"principal_type": "user", "principal_id": "*", "permission": "read"}
_GRANT = ("principal_type", "principal_id", "permission")


def able(capabilities: list[str]) -> dict[str, bool]:
    """Return what the program may offer with a model of which Ollama says this.

    >>> able(["completion", "tools"])
    {'builtin_tools': True, 'vision': False}
    """
    return {own: word in capabilities for own, word in MEANS.items()}


class Card:
    """One model: what is kept of it, and what should be. `is_listed` is None where everybody sees every model."""

    def __init__(self, name: str, capabilities: list[str], seen: dict[str, Any] | None, is_listed: bool | None) -> None:
        self.name = name
        self.is_new = seen is None
        kept = seen or {"name": name, "meta": {}, "params": {}, "access_grants": [], "is_active": True}
        self.kept = {**kept, "meta": kept.get("meta") or {}, "params": kept.get("params") or {}}
        self.grants = [{key: grant[key] for key in _GRANT} for grant in kept.get("access_grants") or []]
        kept_before = self.kept["meta"].get("capabilities") or {}
        self.before = {key: bool(kept_before.get(key, DEFAULT[key])) for key in DEFAULT}
        self.after = able(capabilities)
        self.was_listed = EVERYBODY in self.grants
        self.is_listed = self.was_listed if is_listed is None else is_listed

    def differs(self) -> bool:
        """Say whether anything has to be written."""
        return self.before != self.after or self.was_listed != self.is_listed

    def form(self) -> dict[str, Any]:
        """Return the card as the program takes it; what people wrote on it stays."""
        meta = self.kept["meta"]
        others = [grant for grant in self.grants if grant != EVERYBODY]
        return {
            "id": self.name,
            "base_model_id": None,
            "name": self.kept["name"],
            "meta": {**meta, "capabilities": {**(meta.get("capabilities") or {}), **self.after}},
            "params": self.kept["params"],
            "access_grants": others + [EVERYBODY] * self.is_listed,
            "is_active": self.kept.get("is_active", True),
        }

    def diff(self) -> dict[str, Any]:
        """Return the difference for `--diff`."""
        before = {"tools": self.before["builtin_tools"], "pictures": self.before["vision"]}
        after = {"tools": self.after["builtin_tools"], "pictures": self.after["vision"]}
        if self.was_listed != self.is_listed:
            before["users see it"], after["users see it"] = self.was_listed, self.is_listed
        header = f"model {self.name} of Open WebUI"
        return {"before_header": header, "after_header": header, "before": before, "after": after}
