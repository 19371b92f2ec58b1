"""Where variables are written: file and line of every definition in an inventory."""

import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from llamakeep.errors import Refusal
from llamakeep.inventory.source import Scope, Source
from llamakeep.lock import marks


class Definition(NamedTuple):
    """One variable, written in one place."""

    name: str
    path: Path
    line: int  # from 1
    scope: Scope
    owner: str  # the group or host that it is written for; a host may be a range, "gpu[01:20]"
    own_file: bool  # in group_vars/ or host_vars/, not among the hosts
    vaulted: bool

    @property
    def place(self) -> str:
        """Return file and line."""
        return f"{self.path}:{self.line}"


def scan(source: Source, read: Callable[[Path], tuple[str, bool]]) -> list[Definition]:
    """Return every definition in one file of an inventory.

    `read` returns a file's text and whether it came out of a vault. Raises Refusal with file and line for
    YAML that is none. A program that makes an inventory has no lines to point to.
    """
    text, vaulted = read(source.path)
    if source.scope is not None:
        tree = marks.compose(source.path, text)
        return list(_flat(tree, source, source.scope, source.name, own_file=True, vaulted=vaulted))
    if text.startswith("#!"):
        return []
    if source.path.suffix in {".yml", ".yaml", ".json"}:
        return list(_groups(marks.compose(source.path, text), source))
    return list(_ini(text, source))


def _flat(
    node: yaml.Node | None, source: Source, scope: Scope, owner: str, *, own_file: bool, vaulted: bool = False
) -> Iterator[Definition]:
    """Return one definition for each key of a mapping of variables."""
    if node is None or (isinstance(node, yaml.ScalarNode) and node.value in {"", "null", "~"}):
        return
    if not isinstance(node, yaml.MappingNode):
        raise Refusal(
            f"{source.path}:{node.start_mark.line + 1}",
            f"variables of {scope} {owner} are no mapping",
            id="variables-not-a-mapping",
            expected="lines such as `ollama_version: 0.34.4`",
        )
    for key, value in node.value:
        line = key.start_mark.line + 1
        hidden = vaulted or _holds_vault(value)
        yield Definition(str(key.value), source.path, line, scope, owner, own_file, hidden)


def _holds_vault(node: yaml.Node) -> bool:
    """Tell whether a value, or anything inside of it, is vaulted."""
    if node.tag in {"!vault", "!vault-encrypted"}:
        return True
    if isinstance(node, yaml.MappingNode):
        return any(_holds_vault(value) for _, value in node.value)
    return isinstance(node, yaml.SequenceNode) and any(_holds_vault(value) for value in node.value)


def _groups(node: yaml.Node | None, source: Source) -> Iterator[Definition]:
    """Return the definitions in a YAML inventory, or below the `children` of a group of one."""
    if not isinstance(node, yaml.MappingNode):
        return
    parts = [(str(key.value), value) for key, value in node.value]
    if any(name == "plugin" for name, _ in parts):
        return  # it tells an inventory plugin what to do; its keys are no variables
    for group, content in parts:
        if not isinstance(content, yaml.MappingNode):
            continue
        for key, value in content.value:
            if key.value == "vars":
                yield from _flat(value, source, "group", group, own_file=False)
            elif key.value == "children":
                yield from _groups(value, source)
            elif key.value == "hosts" and isinstance(value, yaml.MappingNode):
                for host, variables in value.value:
                    yield from _flat(variables, source, "host", str(host.value), own_file=False)


_SECTION = re.compile(r"^\[(?P<group>[^:\]]+)(?::(?P<kind>\w+))?\]")
_ASSIGNMENT = re.compile(r"^\s*(?P<name>\w+)\s*=")


def _ini(text: str, source: Source) -> Iterator[Definition]:
    """Return the definitions in an INI inventory."""
    group, kind = "ungrouped", "hosts"
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        if line.startswith("["):
            section = _SECTION.match(line)
            if section is None:
                raise Refusal(
                    f"{source.path}:{number}",
                    f"no heading of a group: {line.strip()}",
                    id="group-heading-missing",
                    expected="[llm_hosts]",
                )
            group, kind = section["group"], section["kind"] or "hosts"
        elif kind == "vars":
            if found := _ASSIGNMENT.match(line):
                yield Definition(found["name"], source.path, number, "group", group, False, False)
        elif kind == "hosts":
            yield from _host_line(line, number, source)


def _host_line(line: str, number: int, source: Source) -> Iterator[Definition]:
    """Return the definitions on one line that names a host."""
    try:
        host, *pairs = shlex.split(line, comments=True)
    except ValueError:
        return  # Ansible says what is wrong with it
    for pair in pairs:
        name, equals, _ = pair.partition("=")
        if equals:
            yield Definition(name, source.path, number, "host", host, False, False)


class Written:
    """Every definition of an inventory, found by whom it is written for."""

    def __init__(self, definitions: list[Definition]) -> None:
        """Sort them once: there may be as many as hosts."""
        self.names = frozenset(one.name for one in definitions)
        self._ranges: list[tuple[int, Definition]] = []
        self._owned: defaultdict[tuple[Scope, str], list[tuple[int, Definition]]] = defaultdict(list)
        for number, one in enumerate(definitions):
            if one.scope == "host" and "[" in one.owner:
                self._ranges.append((number, one))
            else:
                self._owned[one.scope, one.owner].append((number, one))

    def of(self, host: str, groups: tuple[str, ...]) -> list[Definition]:
        """Return those that can concern a host, in the order in which they are written."""
        found = [*self._owned.get(("host", host), ()), *self._ranges]
        for group in groups:
            found += self._owned.get(("group", group), ())
        return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def effective(definitions: list[Definition], name: str, host: str, groups: tuple[str, ...]) -> Definition | None:
    """Return the definition of `name` that wins on `host`; `groups` go from general to special."""
    best: tuple[tuple[int, int, int, int], Definition] | None = None
    order = {group: index for index, group in enumerate(groups)}
    for number, definition in enumerate(definitions):
        if definition.name != name:
            continue
        if definition.scope == "host":
            if not _names(definition.owner, host):
                continue
            rank = (1, int(definition.own_file), 0, number)
        elif definition.owner in order:
            rank = (0, int(definition.own_file), order[definition.owner], number)
        else:
            continue
        if best is None or rank > best[0]:
            best = rank, definition
    return best[1] if best else None


def _names(owner: str, host: str) -> bool:
    """Tell whether `owner`, a host name or a range of them (`gpu[01:20]`), stands for `host`."""
    if owner == host or "[" not in owner:
        return owner == host
    pattern = "".join(
        "[A-Za-z0-9]+" if part.startswith("[") else re.escape(part) for part in re.split(r"(\[[^\]]*\])", owner)
    )
    return re.fullmatch(pattern, host) is not None
