"""The file with the clients' hashes: where it lies, how it is read, how it is changed."""

import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.clients import NAME
from pydantic import ValidationError

from llamakeep import hint
from llamakeep.errors import Refusal
from llamakeep.inventory import place
from llamakeep.inventory.definition import scan
from llamakeep.inventory.source import sources
from llamakeep.keys.client import Client
from llamakeep.keys.entry import splice
from llamakeep.lock import marks

GROUP = "gateway_hosts"
VARIABLE = "gateway_keys"

_HEADER = """\
---
# Written by `llamakeep key`, to be kept under version control: who may use the gateway's API. Each client's key
# stands here as its sha256 alone; the keys themselves stand nowhere. In force after the next `llamakeep up`.
"""
_EXPECTED = {
    "sha256": "64 hexadecimal digits, as `llamakeep key` writes them",
    "created": 'a day in quotes, such as created: "2026-11-22"',
    "until": 'a day in quotes, such as until: "2026-11-29"',
    "rate": "requests in 60 seconds, a whole number from 1 to 1000000",
    "previous": "a list of {sha256: …, until: …}",
}
_FOUND = {"missing": "is missing", "extra_forbidden": "is no setting of a client"}


def folder_of(inventory: str) -> Path:
    """Return the folder of an inventory, or refuse one that is not there."""
    place.refuse_missing(inventory)
    return place.folder_of(inventory)


def in_force(inventory: str) -> str:
    """Return the command that brings the clients of an inventory to where they are asked for their keys."""
    return f"llamakeep up {hint.fleet(inventory)} --limit {GROUP}"


def path_for(inventory: str) -> Path:
    """Return the file in which the clients of an inventory stand.

    It is group_vars/gateway_hosts/keys.yml; but where group_vars/gateway_hosts.yml holds that group's settings it
    is that one, because Ansible would pass it over as soon as a folder of that name stood beside it.
    """
    group = folder_of(inventory) / "group_vars" / GROUP
    if group.is_dir():
        return group / "keys.yml"
    others = [group, *(group.with_suffix(suffix) for suffix in (".yml", ".yaml", ".json"))]
    return next((path for path in others if path.is_file()), group / "keys.yml")


def read(inventory: str) -> dict[str, Client]:
    """Return the clients of an inventory by name; none where it has no such file.

    Raises Refusal with file and line for what somebody edited wrongly, and for clients that stand elsewhere.
    """
    path = path_for(inventory)
    _refuse_elsewhere(inventory, path)
    text = _text(path)
    node = _value(marks.compose(path, text), path)
    return {} if node is None else _clients(node, path)


def write(path: Path, before: Mapping[str, Client], after: Mapping[str, Client]) -> None:
    """Bring what differs into the file in one step; every other line of it stays as it is."""
    text = _text(path) or _HEADER
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            text = splice(text, VARIABLE, name, after.get(name))
    if _reads_as(path, text) != dict(after):
        remedy = f"give {VARIABLE} a line for each client and each of its settings, as `llamakeep key` writes them"
        raise Refusal(
            str(path),
            "is written in a way that cannot be changed line by line",
            id="keys-file-not-editable",
            remedy=remedy,
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path.resolve(), text)
    except OSError as error:
        raise Refusal(str(path), f"cannot be written: {error.strerror}", id="keys-file-not-writable") from error


def _reads_as(path: Path, text: str) -> dict[str, Client] | None:
    try:
        node = _value(marks.compose(path, text), path)
        return _clients(node, path) if node is not None else {}
    except Refusal:
        return None


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(str(path), f"cannot be read: {error}", id="keys-file-unreadable") from error
    if text.startswith("$ANSIBLE_VAULT"):
        remedy = f"move what is secret to a file of its own beside it, and `ansible-vault decrypt {path}`"
        raise Refusal(str(path), "is vaulted, and a hash needs no vault", id="keys-file-vaulted", remedy=remedy)
    return text


def _refuse_elsewhere(inventory: str, own: Path) -> None:
    """Refuse clients that another file of the inventory names: one of the two would hide the other."""
    for source in sources(Path(inventory)):
        if source.path == own:
            continue
        for definition in scan(source, _readable):
            if definition.name == VARIABLE:
                found = f"{VARIABLE} is written here, beside {own}, where `llamakeep key` keeps it"
                raise Refusal(definition.place, found, id="keys-defined-twice", remedy=f"move its clients to {own}")


def _readable(path: Path) -> tuple[str, bool]:
    """Return a file's text; of a vault nothing is read here."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return "", False
    return ("", True) if text.startswith("$ANSIBLE_VAULT") else (text, False)


def _value(tree: yaml.Node | None, path: Path) -> yaml.MappingNode | None:
    """Return the node of the clients, None where there are none."""
    if tree is None or (isinstance(tree, yaml.ScalarNode) and tree.value in {"", "null", "~"}):
        return None
    if not isinstance(tree, yaml.MappingNode):
        raise Refusal(
            f"{path}:{tree.start_mark.line + 1}",
            "is no mapping of settings",
            id="keys-file-malformed",
            expected=f"{VARIABLE}: {{…}}",
        )
    found = [(key, value) for key, value in tree.value if key.value == VARIABLE]
    if len(found) > 1:
        raise Refusal(f"{path}:{found[1][0].start_mark.line + 1}", f"duplicate key {VARIABLE}", id="duplicate-key")
    node = found[0][1] if found else None
    if node is None or (isinstance(node, yaml.ScalarNode) and node.value in {"", "null", "~"}):
        return None
    if not isinstance(node, yaml.MappingNode):
        place = f"{path}:{node.start_mark.line + 1}"
        raise Refusal(
            place,
            f"{VARIABLE} is no mapping",
            id="keys-file-malformed",
            expected="the clients by name: llamakeep key add NAME",
        )
    return node


def _clients(node: yaml.MappingNode, path: Path) -> dict[str, Client]:
    keys = [key for key, _ in node.value]
    for key in keys:
        if key.tag != "tag:yaml.org,2002:str" or not NAME.fullmatch(str(key.value)):
            expected = "letters, digits and . _ -, 63 at most; in quotes where YAML takes it for something else"
            raise Refusal(
                f"{path}:{key.start_mark.line + 1}",
                "is no name for a client",
                id="client-name-invalid",
                expected=expected,
            )
    twice = [name for name, count in Counter(key.value for key in keys).items() if count > 1]
    if twice:
        line = max(key.start_mark.line for key in keys if key.value == twice[0]) + 1
        raise Refusal(
            f"{path}:{line}",
            f"duplicate key {twice[0]}",
            id="duplicate-key",
            remedy="remove one of the two",
        )
    clients = {str(key.value): _client(str(key.value), value, node, path) for key, value in node.value}
    _refuse_shared(clients, node, path)
    return clients


def _client(name: str, value: yaml.Node, node: yaml.MappingNode, path: Path) -> Client:
    try:
        return Client.model_validate(_plain(value))
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark or value.start_mark).line + 1
        raise Refusal(
            f"{path}:{line}",
            f"{name}: a value is not plain",
            id="client-value-not-plain",
            expected="a hash, a day, a rate",
        ) from error
    except ValidationError as error:
        # Neither the value nor the library's words, which hold it: somebody may have pasted a key.
        first = error.errors(include_url=False, include_input=False)[0]
        setting = next((str(step) for step in reversed(first["loc"]) if isinstance(step, str)), "")
        raise Refusal(
            f"{path}:{marks.line_of(node, [name, *first['loc']])}",
            f"{name}: {setting or 'the client'} {_FOUND.get(first['type'], 'is not what it should be')}",
            id="client-malformed",
            expected=_EXPECTED.get(setting, f"{', '.join(Client.model_fields)}, and nothing else"),
            remedy=f"correct it, or remove the client's lines, then: llamakeep key add {name} -i …",
        ) from None


def _plain(node: yaml.Node) -> Any:
    """Return the value of one node, whatever stands in the rest of the file."""
    loader = yaml.SafeLoader("")
    return loader.construct_document(node)


def _refuse_shared(clients: Mapping[str, Client], node: yaml.Node, path: Path) -> None:
    """Refuse two clients with one key: the gateway could not tell them apart."""
    owners: dict[str, str] = {}
    for name, client in clients.items():
        for sha256 in client.hashes():
            other = owners.setdefault(sha256, name)
            if other != name:
                place = f"{path}:{marks.line_of(node, [name])}"
                raise Refusal(
                    place,
                    f"{name} has the same key as {other}",
                    id="key-shared",
                    remedy=f"remove the lines of {name}, then: llamakeep key add {name} -i …",
                )
