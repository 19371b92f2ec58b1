"""Settings that differ from those that the host was made with."""

import json
import textwrap
from collections.abc import Iterator

from llamakeep.inventory.concealed import redact
from llamakeep.inventory.fleet import Host
from llamakeep.plan.cause import place_of
from llamakeep.plan.plan import Change

# Told elsewhere: as the release, as the models, or as a model that moves.
_TOLD = frozenset({"ollama_version", "ollama_archive_url", "ollama_archive_sha256", "ollama_models_names"})
_RESTART_NOTHING = ("ollama_models_", "ollama_api_groups", "firewall_", "lock:", "fleet:")
_DOOR = ("ollama_api_addresses", "ollama_api_port")


def changes_by_settings(host: Host, differ: frozenset[str], *, models_told: bool = False) -> Iterator[Change]:
    """Return one change for each option whose value is another one now.

    `models_told`: each model that comes has a line of its own already.
    """
    for name in sorted(differ - _TOLD):
        if name.startswith("lock:"):
            continue
        if name.startswith("fleet:"):
            yield Change(what="firewall, table inet llamakeep: other hosts may knock", why=place_of(host, name))
            continue
        if name not in host.inputs:
            yield Change(sign="-", what=f"{name} is no setting any more", why="another kit")
            continue
        value = textwrap.shorten(json.dumps(redact(host.inputs[name])), 60, placeholder=" …")
        yield Change(what=f"{name}: {value}", why=place_of(host, name), restarts=_restarts(name))
    if "ollama_models_names" in differ and not models_told:
        yield Change(what="the models that are kept up to date", why=place_of(host, "ollama_models_names"))


def _restarts(name: str) -> tuple[str, ...]:
    """Return what restarts when a setting changes; the doors are reopened without touching the service."""
    if name in _DOOR:
        return ("ollama-api.socket",)
    return () if name.startswith(_RESTART_NOTHING) else ("ollama.service",)
