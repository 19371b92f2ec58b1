"""What a role manages, in the one shape that the module takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import doors

# What an item of each part must say, and what it may.
PARTS = {
    "users": ({"name", "home"}, {"groups", "comment"}),
    "folders": ({"path"}, {"owner", "group", "mode"}),
    "files": (
        {"path"},
        {"template", "content", "owner", "group", "mode", "validate", "restarts", "reloads", "secret", "why"}
        | {"certificate_of", "while_trusted"},
    ),
    "links": ({"path", "to"}, {"restarts"}),
    # Whom a door lets in is said by groups, and by the option that names them; the addresses follow from the inventory.
    "doors": (
        {"name", "into", "port", "at"},
        {
            *("upstream", "max_connections", "sealed", "groups", "groups_option", "allowed_clients", "names"),
            *("shares_network_with", "tls", "allowed_names", "manage_at", "users", "longest_body"),
        },
    ),
    "units": ({"name", "state", "enabled"}, {"sealed", "shares_network_with", "answers"}),
    "tables": ({"name", "by"}, set()),
}
# A door leads into a service, or out of one.
DOOR_OUT = ({"name", "out_of", "port", "to"}, {"max_connections", "shares_network_with", "inside", "verified_as"})
LISTS = ("restarts", "reloads")
_INSTEAD = ("template", "door", "certificate_of", "while_trusted")  # what stands for the content of a file

Render = Callable[[str, dict[str, Any]], str]  # template's name, and what it is told beside the host's variables


def complete(role: str, table: dict[str, Any], render: Render) -> dict[str, Any]:
    """Return the table with its doors written out, its files rendered and nothing left unsaid.

    >>> complete("x", {"files": [{"path": "/etc/x", "content": "y"}]}, render)["files"]
    [{"path": "/etc/x", "content": "y", "owner": "root", "group": "root", "mode": "0644", "restarts": [], …}]
    """
    refuse_unknown(role, table)
    opened = [doors.expand(door) for door in table.get("doors") or []]
    files = [*(table.get("files") or []), *(file for door in opened for file in doors.files(door))]
    folders = [*(table.get("folders") or []), *(doors.folders() if opened else [])]
    units = [*(table.get("units") or []), *(unit for door in opened for unit in doors.units(door))]
    return {
        "users": table.get("users") or [],
        "folders": [_folder(folder) for folder in _once(folders, "path")],
        "files": [_file(file, render) for file in _once(files, "path")],
        "links": [_lists(link) for link in table.get("links") or []],
        "doors": [_door(door) for door in table.get("doors") or []],
        "units": _once(units, "name"),
        "tables": table.get("tables") or [],
    }


def _door(door: dict[str, Any]) -> dict[str, Any]:
    """Return a door as it is recorded: with every address on which it listens."""
    return door if "out_of" in door else {**door, "at": doors.listening_at(door["at"], tls=bool(door.get("tls")))}


def outline(role: str, table: dict[str, Any]) -> dict[str, Any]:
    """Return the table as `complete` does, for who asks what there will be, and not what stands in the files.

    >>> outline("x", {"files": [{"path": "/etc/x", "restarts": "x.service"}]})["files"]
    [{"path": "/etc/x", "restarts": ["x.service"], …}]
    """
    return complete(role, table, lambda _name, _variables: "")


def refuse_unknown(role: str, table: dict[str, Any]) -> None:
    """Refuse a table that says something that nobody would read."""
    for part, items in table.items():
        if part not in PARTS:
            raise Refusal(
                f"table of {role}",
                f"{part} is no part of one",
                id="table-part-unknown",
                expected=f"one of {', '.join(PARTS)}",
            )
        for number, item in enumerate(items or []):
            must, may = DOOR_OUT if part == "doors" and "out_of" in item else PARTS[part]
            wrong = sorted((must - set(item)) | (set(item) - must - may))
            if wrong:
                known = f"{', '.join(sorted(must))}; perhaps {', '.join(sorted(may))}"
                raise Refusal(
                    f"table of {role}",
                    f"{part}[{number}]: {wrong[0]} is missing, or unknown",
                    id="table-item-malformed",
                    expected=known,
                )


def _once(items: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Return the items with what two doors share only once, restarting both."""
    seen: dict[str, dict[str, Any]] = {}
    for item in items:
        known = seen.setdefault(item[key], dict(item))
        for name in LISTS:
            if item.get(name):
                known[name] = list(dict.fromkeys([*_listed(known.get(name)), *_listed(item[name])]))
    return list(seen.values())


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _lists(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, **{name: _listed(item.get(name)) for name in LISTS}}


def _folder(item: dict[str, Any]) -> dict[str, Any]:
    return {"owner": "root", "group": "root", "mode": "0755", **item}


def _file(item: dict[str, Any], render: Render) -> dict[str, Any]:
    entry = {key: value for key, value in item.items() if key not in _INSTEAD}
    if "template" in item:
        entry["content"] = render(item["template"], {"door": item["door"]} if "door" in item else {})
    return _lists({"owner": "root", "group": "root", "mode": "0644", "validate": "", **entry})
