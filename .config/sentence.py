"""What a sentence in the code will read like: literals as they stand, `…` for what is filled in."""

import ast
import re

type Names = dict[str, list[ast.expr]]

_DEPTH = 4  # a name that stands for a name that stands for …


def spoken(node: ast.expr | None, names: Names, depth: int = 0) -> str:
    """Return the text of an expression.

    >>> spoken(ast.parse('f"port {port} is taken"', mode="eval").body, {})
    'port … is taken'
    """
    return "" if node is None else plain(_raw(node, names, depth))


def plain(text: str) -> str:
    r"""Return a text on one line, what is filled in twice in a row once.

    >>> plain("……  is\n taken")
    '… is taken'
    """
    return re.sub(r"…(?:…)+", "…", " ".join(text.split()))


def jinja(text: object) -> str:
    """Return a template with its expressions left out.

    >>> jinja("{{ ollama_version }} is not locked")
    '… is not locked'
    """
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "…", str(text), flags=re.DOTALL)


def assigned(block: list[ast.AST]) -> Names:
    """Return what each name is set to in a block, in the order of the lines; functions within it are left out."""
    found: Names = {}
    for node in [each for child in block for each in (child, *_own(child))]:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name, value in _pairs(target, node.value):
                    found.setdefault(name, []).append(value)
    return found


def _own(scope: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    if isinstance(scope, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
        return found
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            found += [child, *_own(child)]
    return found


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        return [(target.id, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return [pair for one, other in zip(target.elts, value.elts, strict=True) for pair in _pairs(one, other)]
    return []


def _fixed(part: ast.expr) -> ast.expr:
    """Return what a part of an f-string is: text, or the constant that it puts in, such as the name of an option."""
    if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name) and part.value.id.isupper():
        return part.value
    return part


def _raw(node: ast.expr, names: Names, depth: int) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_raw(_fixed(part), names, depth) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _raw(left, names, depth) + _raw(right, names, depth)
        case ast.IfExp(body=body, orelse=orelse):
            return _either([body, orelse], names, depth)
        case ast.BoolOp(op=ast.Or(), values=values):
            return _either(values, names, depth)
        case ast.Name(id=name) if name in names and depth < _DEPTH:
            return _either(names[name], {**names, name: []}, depth + 1)
        case _:
            return "…"


def _either(values: list[ast.expr], names: Names, depth: int) -> str:
    texts = dict.fromkeys(_raw(value, names, depth) for value in values)
    return " / ".join(text for text in texts if text) or "…"
