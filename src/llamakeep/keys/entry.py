"""One client's lines in a text that people edit too: put in, changed or taken out, and no other line touched."""

import json

import yaml

from llamakeep.keys.client import Client


def splice(text: str, variable: str, name: str, client: Client | None) -> str:
    r"""Return `text` with the lines of one client as they should be; None takes them out.

    >>> splice("a: 1\n", "gateway_keys", "ann", Client(sha256="ab…", created="2026-11-22"))
    'a: 1\ngateway_keys:\n  ann:\n    sha256: "ab…"\n    created: "2026-11-22"\n'
    """
    tree = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(tree, yaml.MappingNode) and tree.flow_style:
        return text  # several settings may share a line; whoever asked sees that nothing was done
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    found = _find(tree, variable)
    if found is None:
        return "".join([*lines, f"{variable}:\n", *_lines(name, client, 2)]) if client else "".join(lines)
    key, value = found
    entries = value.value if isinstance(value, yaml.MappingNode) and not value.flow_style else []
    if not entries:
        # Nothing yet, written as {} or left empty.
        start, end = key.start_mark.line, _last(value, key.start_mark.line) + 1
        return "".join([*lines[:start], f"{variable}:\n", *_lines(name, client, 2), *lines[end:]])
    start, end = _place(entries, name)
    column = entries[0][0].start_mark.column
    if client is None and len(entries) == 1:
        start, column = key.start_mark.line, 0
        return "".join([*lines[:start], f"{variable}: {{}}\n", *lines[end:]])
    return "".join([*lines[:start], *_lines(name, client, column), *lines[end:]])


def _find(tree: yaml.Node | None, variable: str) -> tuple[yaml.Node, yaml.Node] | None:
    pairs = tree.value if isinstance(tree, yaml.MappingNode) else []
    return next(((key, value) for key, value in pairs if key.value == variable), None)


def _place(entries: list[tuple[yaml.Node, yaml.Node]], name: str) -> tuple[int, int]:
    """Return from which line to which a client stands, or would stand in the order of the names."""
    for key, value in entries:
        if key.value == name:
            return key.start_mark.line, _last(value, key.start_mark.line) + 1
    after = next((key for key, _ in entries if str(key.value) > name), None)
    line = after.start_mark.line if after is not None else _last(entries[-1][1], entries[-1][0].start_mark.line) + 1
    return line, line


def _last(node: yaml.Node, line: int) -> int:
    """Return the last line of a node, from 0; what PyYAML calls its end is where the next one begins."""
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style:
        children = [part for item in node.value for part in (item if isinstance(item, tuple) else (item,))]
        return max((_last(child, line) for child in children), default=line)
    # An empty value has no place of its own.
    return node.end_mark.line if node.start_mark.index != node.end_mark.index else line


def _lines(name: str, client: Client | None, column: int) -> list[str]:
    if client is None:
        return []
    lines = [f"{_quoted(name)}:", f'  sha256: "{client.sha256}"', f'  created: "{client.created}"']
    if client.rate is not None:
        lines.append(f"  rate: {client.rate}")
    if client.previous:
        lines.append("  previous:")
        lines += [f'    - {{sha256: "{one.sha256}", until: "{one.until}"}}' for one in client.previous]
    return [f"{' ' * column}{line}\n" for line in lines]


def _quoted(name: str) -> str:
    """Return a name as YAML reads it back: `no` and `1.0` would be something else."""
    return name if yaml.safe_load(name) == name else json.dumps(name)
