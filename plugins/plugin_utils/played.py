"""Which roles a play has, in their order, and whose hosts get them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Role -> the groups whose hosts get it; beside these every one of them gets `receipt`, which comes last.
GROUPS_OF = {
    "firewall": ("llm_hosts", "chat_hosts", "gateway_hosts"),  # a desktop serves nobody
    "mutual_tls": ("llm_hosts", "chat_hosts", "gateway_hosts"),
    "ollama": ("llm_hosts",),
    "ollama_models": ("llm_hosts",),
    "gateway": ("gateway_hosts",),
    "open_webui": ("chat_hosts",),
    "chatbox": ("desktop_hosts",),
}
PLAYED = tuple(GROUPS_OF)


def roles_of(groups: Iterable[str]) -> tuple[str, ...]:
    """Return the roles that a host of these groups gets, in the order of the play.

    >>> roles_of(["all", "gateway_hosts"])
    ('firewall', 'mutual_tls', 'gateway')
    """
    mine = set(groups)
    return tuple(role for role, those in GROUPS_OF.items() if mine.intersection(those))


def has_models(groups: Iterable[str], variables: Mapping[str, Any]) -> bool:
    """Tell whether a host serves models, or is a chat that asks somebody beyond the inventory for them."""
    roles = roles_of(groups)
    return "ollama" in roles or ("open_webui" in roles and bool(variables.get("open_webui_backend")))
