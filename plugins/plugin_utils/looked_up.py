"""What the roles look up, worked out without a play: for who reads an inventory."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import chatbox, gateway
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import Option
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.inputs import options
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.refused import as_mappings


def looked_up(
    host: str,
    roles: Iterable[str],
    groups: Mapping[str, list[str]],
    option: Option,
    elsewhere: Mapping[str, Any],
    refused: Refusal | None,
    today: datetime.date,
) -> dict[str, Any]:
    """Return variable of a role -> what its lookup would return there.

    `elsewhere` is what stands elsewhere (`neighbours`), `refused` what was refused of that.

    >>> looked_up("gate1", ("firewall", "gateway"), groups, option, elsewhere, None, today)
    {"__gateway_routes": {"hosts": […], "models": […], "refusals": [], …}}
    """
    found: dict[str, Any] = {}
    if "open_webui" in roles:  # whoever refuses what stands elsewhere has said it
        found["__open_webui_asks"] = {**elsewhere.get("fleet:upstream", {}), "refusals": []}
    if "gateway" in roles:
        own = {name: option(host, name) for name in options() if name.startswith("gateway_")}
        wrong = as_mappings([*gateway.refusals(own), *(refused.all if refused else ())])
        found["__gateway_routes"] = {**elsewhere.get("fleet:routes", {}), "refusals": wrong}
    if "chatbox" in roles:
        found["__chatbox_told"] = _settings(host, groups, option, elsewhere, refused, today)
    return found


def _settings(
    host: str,
    groups: Mapping[str, list[str]],
    option: Option,
    elsewhere: Mapping[str, Any],
    refused: Refusal | None,
    today: datetime.date,
) -> dict[str, Any]:
    if refused:
        return {"refusals": as_mappings(refused.all), "root": ""}
    settings = chatbox.settings(host, groups, option, option(host, "chatbox_users"), today)
    # A key that was revoked, or that ended, is no reason to refuse the whole fleet: the plan refuses the desktop.
    lasting = [one for one in settings["refusals"] if one not in settings["stale"]]
    return {**settings, "refusals": lasting, "root": elsewhere.get("fleet:root", "")}
