"""What the roles look up, worked out without a play: for who reads an inventory."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import chatbox, gateway, hosts_place, issued
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import Option
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.inputs import options
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.mutual_tls import UNREAD, needs_certificate, shut_out
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.refused import as_mappings


def looked_up(
    host: str,
    roles: Iterable[str],
    groups: Mapping[str, list[str]],
    option: Option,
    elsewhere: Mapping[str, Any],
    refused: Refusal | None,
    today: datetime.date,
    ca: Path | None = None,
) -> dict[str, Any]:
    """Return variable of a role -> what its lookup would return there.

    `elsewhere` is what stands elsewhere (`neighbours`), `refused` what was refused of that, `ca` the folder of the CAs.

    >>> looked_up("gate1", ("firewall", "gateway"), groups, option, elsewhere, None, today)
    {"__gateway_routes": {"hosts": […], "models": […], "refusals": [], …}}
    """
    found: dict[str, Any] = {}
    if "mutual_tls" in roles:  # which roots a host trusts, its files say; here it counts whether there are any
        found["__mutual_tls_between"] = _between(host, groups, option, ca)
    if "open_webui" in roles:  # whoever refuses what stands elsewhere has said it
        found["__open_webui_asks"] = {**elsewhere.get("fleet:upstream", {}), "refusals": []}
    if "gateway" in roles:
        own = {name: option(host, name) for name in options() if name.startswith("gateway_")}
        wrong = as_mappings([*gateway.refusals(own), *(refused.all if refused else ())])
        found["__gateway_routes"] = {**elsewhere.get("fleet:routes", {}), "refusals": wrong}
    if "chatbox" in roles:
        found["__chatbox_told"] = _settings(host, groups, option, elsewhere, refused, today)
    return found


def _between(host: str, groups: Mapping[str, list[str]], option: Option, ca: Path | None) -> dict[str, Any]:
    needed = needs_certificate(host, groups, option)
    folder = ca / hosts_place.FOLDER if ca is not None else None
    every = issued.read(folder / hosts_place.INDEX) if folder is not None else []
    replacing = folder is not None and (folder / hosts_place.PREVIOUS).exists()
    moment = datetime.datetime.now(datetime.timezone.utc)
    shut = shut_out(host, groups, option, every, moment)
    name = identity(host) if needed else ""
    serials = [f"{one.serial:X}" for one in every if one.name == name and issued.is_live(name, [one], moment)]
    return {"needed": needed, "name": name, "serials": serials, "shut_out": shut, "previous": replacing, **UNREAD}


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
