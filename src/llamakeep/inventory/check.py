"""What an inventory must not contain: settings that no role has, and values of the wrong type."""

import difflib
import json
import textwrap
from collections.abc import Iterable
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import is_named_secret
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.options import Option, roles

from llamakeep.errors import Refusal


def unknown_name(name: str, place: str, options: dict[str, Option]) -> Refusal | None:
    """Refuse a variable that carries the prefix of one of our roles and is none of its options."""
    if name in options:
        return None
    role = next((role for role in roles(options) if name.startswith(f"{role}_")), None)
    if role is not None:
        near = difflib.get_close_matches(name, options, n=1, cutoff=0.6)
        return Refusal(
            place,
            f"unknown variable {name}",
            id="unknown-variable",
            remedy=f"did you mean {near[0]}?" if near else f"the settings of the role {role}: {_of(role, options)}",
        )
    if any(name.startswith(f"__{role}_") for role in roles(options)):
        return Refusal(
            place, f"{name} is internal to a role", id="internal-variable", remedy="remove it: nobody should set it"
        )
    return None


def _of(role: str, options: dict[str, Option]) -> str:
    return ", ".join(option.name for option in options.values() if option.role == role)


def wrong_type(
    option: Option, value: Any, place: str, *, secret: bool, vaulted: frozenset[str] = frozenset()
) -> Refusal | None:
    """Refuse a value that its role would refuse, or would silently take for another one.

    `vaulted` are texts that came out of a vault: wherever they stand in the value, they are not said back.
    """
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    kind = option.spec.get("type", "str")
    if kind == "str" and isinstance(value, float):
        return Refusal(
            place,
            f"{option.name} is the number {value}, which loses what was written",
            id="number-needs-quotes",
            expected="a text",
            remedy="put it in quotes",
        )
    if kind == "list" and isinstance(value, str) and option.spec.get("elements") != "raw":
        # Ansible would take it apart at its commas, and its roles letter by letter.
        return Refusal(
            place,
            f"{option.name} is a text",
            id="value-type-wrong",
            expected=_expected(option.spec),
            remedy="put it in [ ]",
        )
    validator = ArgumentSpecValidator({option.name: _plain(option.spec)})
    messages = validator.validate({option.name: value}).error_messages
    converted = _converted(option.spec, value)
    if not messages and not converted:
        return None
    # Only where something is wrong: this part of Ansible's worker needs no records.
    from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED

    from llamakeep.inventory.concealed import conceal, redact

    hidden = secret or is_named_secret(option.name)
    concealed = conceal(option.name, value, vaulted)
    said = REDACTED if hidden else textwrap.shorten(json.dumps(redact(concealed), default=str), 80)
    expected = _expected(option.spec)
    if messages and option.spec.get("options") and not hidden:
        expected = _without(str(messages[0]), concealed)
    scalar = converted and expected.endswith("a text") and not isinstance(value, dict)
    remedy = "put it in quotes" if scalar else f"see {option.name} in its role's README"
    return Refusal(place, f"{option.name} is {said}", id="value-type-wrong", expected=expected, remedy=remedy)


def _converted(spec: dict[str, Any], value: Any) -> bool:
    """Whether Ansible would silently make another value of it, and the roles' templates meet the one that stands there.

    A whole number is as good as the text of it, such as -1 for a time; not in a list, which is searched.

    >>> _converted({"type": "str"}, True), _converted({"type": "int"}, True), _converted({"type": "str"}, -1)
    (True, True, False)
    """
    kind = spec.get("type", "str")
    if kind == "list" and isinstance(value, list) and spec.get("elements") == "str":
        return not all(isinstance(item, str) for item in value)
    return (kind == "str" and isinstance(value, bool | list | dict)) or (kind == "int" and isinstance(value, bool))


def _without(message: str, concealed: Any) -> str:
    """Return what the validator says of one part of a value, without a secret that it repeats."""
    from pydantic import Secret

    if isinstance(concealed, Secret):
        return message.replace(str(concealed.get_secret_value()), "(redacted)")
    parts = concealed.values() if isinstance(concealed, dict) else concealed if isinstance(concealed, list) else ()
    for part in parts:
        message = _without(message, part)
    return message


def _plain(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a description that judges a single value."""
    kept: dict[str, Any] = {key: spec[key] for key in ("type", "elements", "choices") if key in spec}
    if isinstance(spec.get("options"), dict):
        kept["options"] = {name: _plain(inner) | _required(inner) for name, inner in spec["options"].items()}
    return kept


def _required(spec: dict[str, Any]) -> dict[str, Any]:
    return {"required": True} if spec.get("required") else {}


def _expected(spec: dict[str, Any]) -> str:
    """Put the wanted type into words."""
    words = {"str": "a text", "int": "a number", "bool": "true or false", "list": "a list", "dict": "a mapping"}
    if choices := spec.get("choices"):
        return f"one of {', '.join(map(str, choices))}"
    kind = words.get(spec.get("type", "str"), str(spec.get("type")))
    elements = spec.get("elements")
    # Items of several forms are "raw"; who reads them says what each may be.
    return f"{kind}, each item {words.get(elements, elements)}" if elements and elements != "raw" else kind


def no_group(groups: Iterable[str], inventory: str) -> Refusal:
    """Refuse an inventory in which no host is to serve models."""
    near = difflib.get_close_matches("llm_hosts", list(groups), n=1, cutoff=0.6)
    return Refusal(
        inventory,
        "no host is in the group llm_hosts",
        id="no-llm-host",
        expected="a group llm_hosts with the hosts that shall serve models, or chat_hosts with open_webui_backend",
        remedy=f"the group {near[0]} was perhaps meant to be it" if near else "",
    )
