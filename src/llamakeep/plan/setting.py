"""Settings that differ from those that the host was made with."""

import json
import textwrap
from collections.abc import Collection, Iterator
from typing import NamedTuple

from llamakeep.inventory.concealed import redact
from llamakeep.inventory.fleet import Host
from llamakeep.plan.cause import place_of
from llamakeep.plan.plan import Change

# Told elsewhere: as the release, as the models, as people or clients by name, or as a model that moves.
_TOLD = frozenset(
    {
        "ollama_version",
        "ollama_archive_url",
        "ollama_archive_sha256",
        "ollama_models_names",
        "open_webui_version",
        "open_webui_variant",
        "open_webui_users",
        "gateway_keys",
        "chatbox_version",
        "chatbox_archive_url",
        "chatbox_archive_sha256",
        "chatbox_users",
    }
)


class _Effect(NamedTuple):
    """What a setting does to what runs."""

    restarts: tuple[str, ...] = ()
    reloads: tuple[str, ...] = ()


_NOTHING = _Effect()
_GATEWAY = _Effect(reloads=("llamakeep-gateway.service",))
# By how the name of the setting begins; of several that fit the first counts. The doors are reopened without touching
# the service behind them.
_EFFECTS = {
    "firewall_": _NOTHING,
    "ollama_models_": _NOTHING,
    "ollama_api_groups": _NOTHING,
    "ollama_api_": _Effect(restarts=("ollama-api.socket",)),
    "ollama_": _Effect(restarts=("ollama.service",)),
    "open_webui_addresses": _Effect(restarts=("open-webui-web.socket",)),
    "open_webui_port": _Effect(restarts=("open-webui-web.socket",)),
    "open_webui_groups": _NOTHING,
    "open_webui_index": _NOTHING,
    "open_webui_backup": _NOTHING,
    "open_webui_": _Effect(restarts=("open-webui.service",)),
    "gateway_addresses": _Effect(restarts=("llamakeep-gateway.socket",)),
    "gateway_https_port": _Effect(restarts=("llamakeep-gateway.socket",)),
    "gateway_": _GATEWAY,
}
_FIREWALL = "firewall, table inet llamakeep: other hosts may knock"
_ELSEWHERE = {
    "fleet:knockers": (_FIREWALL, _NOTHING),
    "fleet:chat_knockers": (_FIREWALL, _NOTHING),
    "fleet:asks": ("whom the chat asks for models, or its address", _EFFECTS["open_webui_"]),
    "fleet:leads_to": ("to which hosts, models and chats the gateway leads", _GATEWAY),
    "fleet:chats_at": ("whom Chatbox asks, for which models, by whose certificate", _NOTHING),
    "fleet:root": ("the root of the internal CA", _NOTHING),
}


def changes_by_settings(
    host: Host,
    differ: frozenset[str],
    before: Collection[str],
    *,
    models_told: bool = False,
    added: frozenset[str] = frozenset(),
) -> Iterator[Change]:
    """Return one change for each option whose value is another one now; `before` are those that the receipt has.

    `models_told`: each model that comes has a line of its own already; `added`: roles that are new to the host, whose
    settings all come with them.
    """
    gone: dict[str, None] = {}
    for name in sorted(differ - _TOLD, key=_rank):
        if name.startswith("lock:") or _role(name) in added or _is_new(name, host, before):
            continue
        if name in _ELSEWHERE:
            what, effect = _ELSEWHERE[name]
            yield _change(what, place_of(host, name), effect)
        elif name not in host.inputs:
            if (role := _role(name)) is None or _has(host, role):
                yield Change(sign="-", what=f"{name} is no setting any more", why="another kit")
            else:
                gone[role] = None
        else:
            value = textwrap.shorten(json.dumps(redact(host.inputs[name])), 60, placeholder=" …")
            effect = next((found for start, found in _EFFECTS.items() if name.startswith(start)), _NOTHING)
            yield _change(f"{name}: {value}", place_of(host, name), effect)
    for role in gone:
        yield Change(
            sign="-",
            what=f"{_NAMES[role]} is no longer looked after; what runs of it stays",
            why=f"the host is not in {_GROUPS[role]} any more",
        )
    if "ollama_models_names" in differ & host.inputs.keys() and not models_told and "ollama" not in added:
        yield Change(what="the models that are kept up to date", why=place_of(host, "ollama_models_names"))


_GROUPS = {"ollama": "llm_hosts", "open_webui": "chat_hosts", "gateway": "gateway_hosts", "chatbox": "desktop_hosts"}
_NAMES = {"ollama": "ollama", "open_webui": "open webui", "gateway": "the gateway", "chatbox": "chatbox"}


def _change(what: str, why: str, effect: _Effect) -> Change:
    return Change(what=what, why=why, restarts=effect.restarts, reloads=effect.reloads)


def _role(name: str) -> str | None:
    """Return the role that a setting belongs to; None for one of no group's own."""
    return next((role for role in _GROUPS if name.startswith(f"{role}_")), None)


def _has(host: Host, role: str) -> bool:
    return any(name.startswith(f"{role}_") for name in host.inputs)


def _is_new(name: str, host: Host, before: Collection[str]) -> bool:
    """Whether it came with another kit, which is told, and nobody has set it."""
    return name not in before and name not in host.places


def _rank(name: str) -> tuple[int, str]:
    """Put settings in the order in which the roles are played; what stands elsewhere comes first."""
    return next((number for number, start in enumerate(_EFFECTS) if name.startswith(start)), -1), name
