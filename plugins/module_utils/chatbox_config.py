"""What stands in Chatbox's config.json of ours, and how it comes in between what is its user's.

Shapes as Chatbox 1.20.0 reads and writes them.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

# Without it the program cannot draw its tray icon on the first start; it fills in all other settings by itself.
_FIRST = {"quickToggle": "Alt+`"}


def parse(text: str, path: str) -> dict[str, Any]:
    """Return the settings in a file's text, or refuse one that Chatbox would not take either."""
    try:
        config = json.loads(text, parse_constant=_no_constant)
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Refusal(
            path,
            f"is no valid JSON{where}",
            id="chatbox-config-malformed",
            expected="what Chatbox wrote",
            remedy="it was left as it is: start Chatbox once, which puts its last good copy in its place; run again",
        ) from error
    for name, kind in (
        ("", dict),
        ("settings", dict),
        ("settings.providers", dict),
        ("settings.customProviders", list),
    ):
        value = config
        for step in filter(None, name.split(".")):
            value = value.get(step) if isinstance(value, dict) else None
        if (value is not None and not isinstance(value, kind)) or (not name and value is None):
            raise Refusal(
                path,
                f"{name or 'it'} is not what Chatbox writes",
                id="chatbox-config-unexpected",
                expected="a list" if kind is list else "an object",
                remedy="it was left as it is; look at it with its user",
            )
    checked: dict[str, Any] = config
    return checked


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and its kin are Python's own


def merged(config: dict[str, Any], provider: dict[str, Any], key: str, model: str) -> dict[str, Any]:
    """Return the settings with the fleet's provider in them; all that is not named here stays as it is.

    `provider` is `{"id", "name", "custom", "address", "models": [name]}`. The default model is the user's own choice
    once there is one, as long as the fleet has it.
    """
    new = copy.deepcopy(config)
    settings = new.get("settings")
    if settings is None:
        settings = new["settings"] = {}
    if "shortcuts" not in settings and "__version" not in settings:
        settings["shortcuts"] = dict(_FIRST)
    settings["allowReportingAndTracking"] = False
    settings["autoUpdate"] = False
    providers = settings.get("providers") or {}
    settings["providers"] = {**providers, provider["id"]: _provided(providers.get(provider["id"]), provider, key)}
    if provider["custom"]:
        own = {"id": provider["id"], "name": provider["name"], "type": "openai", "isCustom": True}
        listed = list(settings.get("customProviders") or [])
        places = [at for at, one in enumerate(listed) if isinstance(one, dict) and one.get("id") == own["id"]]
        if places:
            listed[places[0]] = {**listed[places[0]], **own}
        else:
            listed.append(own)
        settings["customProviders"] = listed
    chosen = settings.get("defaultChatModel")
    if model and not _stands(chosen, provider):
        settings["defaultChatModel"] = {"provider": provider["id"], "model": model}
    return new


def _provided(before: object, provider: dict[str, Any], key: str) -> dict[str, Any]:
    before = before if isinstance(before, dict) else {}
    models = before.get("models")
    known = {one.get("modelId"): one for one in models or [] if isinstance(one, dict)}
    after = {
        **before,
        "apiHost": provider["address"],
        # What its user said of a model (a nickname, what it can do) stays with it.
        "models": [known.get(name) or {"modelId": name, "type": "chat"} for name in provider["models"]],
    }
    return {**after, "apiKey": key} if provider["custom"] else after


def _stands(chosen: object, provider: dict[str, Any]) -> bool:
    if not isinstance(chosen, dict) or not chosen.get("model"):
        return False
    return chosen.get("provider") != provider["id"] or chosen["model"] in provider["models"]


def shown(config: dict[str, Any], provider: dict[str, Any], other: str) -> str:
    """Return our part of the settings as a diff may show it; `other` is the key that is not to be written."""
    settings = config.get("settings") or {}
    provided = (settings.get("providers") or {}).get(provider["id"])
    if isinstance(provided, dict):
        key = provided.get("apiKey")
        key_shown = {} if key is None else {"apiKey": "(another key)" if other and key != other else "(a key)"}
        names = [one.get("modelId") for one in provided.get("models") or [] if isinstance(one, dict)]
        provided = {"apiHost": provided.get("apiHost"), "models": names, **key_shown}
    part = {
        "provider": provided,
        "defaultChatModel": settings.get("defaultChatModel"),
        "allowReportingAndTracking": settings.get("allowReportingAndTracking"),
        "autoUpdate": settings.get("autoUpdate"),
    }
    return json.dumps(part, indent=1, ensure_ascii=False) + "\n"


def written(config: dict[str, Any]) -> str:
    """Return the text of the settings as Chatbox itself lays it out."""
    return json.dumps(config, indent="\t", ensure_ascii=False)
