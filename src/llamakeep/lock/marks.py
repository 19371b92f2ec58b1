"""Places in a YAML text: the line on which a key or a value stands."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from llamakeep.errors import Refusal

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(path: Path, text: str) -> yaml.Node | None:
    """Return the tree of a YAML text with its marks; None for an empty one.

    Raises Refusal with file and line where it is no YAML, and where a mapping holds a key twice.
    """
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark is not None else ""
        raise Refusal(f"{path}{line}", f"no valid YAML: {_in_words(error)}", id="yaml-invalid") from error
    except yaml.YAMLError as error:
        raise Refusal(str(path), f"no valid YAML: {' '.join(str(error).split())}", id="yaml-invalid") from error
    _refuse_twice(path, node)
    return node


def _refuse_twice(path: Path, root: yaml.Node | None) -> None:
    """Refuse a key that a mapping holds twice: YAML forbids it, its readers take the last one and say nothing."""
    waiting = [root]
    known = {id(None)}
    while waiting:
        node = waiting.pop()
        if id(node) in known:  # an alias leads back to it
            continue
        known.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        if isinstance(node, yaml.MappingNode):
            waiting += [value for _, value in node.value]
            _refuse_twice_in(path, [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)])


def _refuse_twice_in(path: Path, keys: list[yaml.ScalarNode]) -> None:
    """Refuse the first of the keys of one mapping that stood there before."""
    lines: dict[tuple[str, str], int] = {}
    for key in keys:
        line, named = key.start_mark.line + 1, (key.tag, key.value)
        if named in lines:
            raise Refusal(
                f"{path}:{line}",
                f"duplicate key {key.value}, first at line {lines[named]}",
                id="duplicate-key",
                expected="each name once",
                remedy="merge the two",
            )
        lines[named] = line


def _in_words(error: yaml.MarkedYAMLError) -> str:
    """Join what the parser was doing and what it met."""
    words = [part for part in (error.context, error.problem) if part]
    return ", ".join(words) or "it cannot be read"


def line_of(node: yaml.Node | None, path: Sequence[str | int]) -> int:
    r"""Return the line (from 1) of the deepest part of `path` that exists below `node`.

    >>> line_of(yaml.compose("models:\n  a: 1\n"), ["models", "a", "size"])
    2
    """
    line = 1
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        line, node = found
    return line


def _child(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    """Return the line of one key or item of `node`, and its value."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        value = node.value[step]
        return value.start_mark.line + 1, value
    return None
