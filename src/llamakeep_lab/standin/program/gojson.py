"""JSON in the form in which a Go server writes it, and says that it cannot read it."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

_ESCAPES = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029"))


class BodyError(ValueError):
    """A request body that is not what the endpoint takes; the text is the server's answer."""


def dumps(value: Any) -> str:
    """Write compact JSON with Go's escapes: "<" is written as a backslash, "u003c"."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for plain, escaped in _ESCAPES:
        text = text.replace(plain, escaped)
    return text


def loads(body: bytes) -> dict[str, Any]:
    """Read the first value of a body, which must be an object; what follows it is ignored, as Go does."""
    text = body.decode("utf-8", errors="replace").lstrip(" \t\r\n")
    if not text:
        raise BodyError("missing request body")
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        raise BodyError(_complaint(text, error)) from error
    except RecursionError as error:
        raise BodyError("exceeded max depth") from error
    if not isinstance(value, dict):
        raise BodyError(f"json: cannot unmarshal {kind_of(value)} into Go value of type api.Request")
    return value


def shortest_float32(number: float) -> float:
    """Return the shortest decimal that is the same 32-bit float: 9.999999747378752e-06 is 1e-05."""
    if not math.isfinite(number):
        return number
    packed = struct.pack("<f", number)
    return next(
        (short for digits in range(1, 9) if struct.pack("<f", short := float(f"{number:.{digits}g}")) == packed),
        number,
    )


def _complaint(text: str, error: json.JSONDecodeError) -> str:
    position = error.pos
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    if position >= len(text) or error.msg.startswith("Unterminated string"):
        return "unexpected EOF"
    return f"invalid character {_quoted(text[position])} {_place(text, error)}"


def _place(text: str, error: json.JSONDecodeError) -> str:
    if error.msg.startswith("Expecting property name"):
        return "looking for beginning of object key string"
    if error.msg.startswith("Expecting ':'"):
        return "after object key"
    if error.msg.startswith("Expecting ','"):
        return "after object key:value pair" if _inside_object(text[: error.pos]) else "after array element"
    if error.msg.startswith(("Invalid control character", "Invalid \\")):
        return "in string literal"
    return "looking for beginning of value"


def _inside_object(text: str) -> bool:
    brackets: list[str] = []
    inside_string = escaped = False
    for letter in text:
        if inside_string:
            inside_string = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            inside_string = True
        elif letter in "{[":
            brackets.append(letter)
        elif letter in "}]" and brackets:
            brackets.pop()
    return bool(brackets) and brackets[-1] == "{"


def _quoted(letter: str) -> str:
    return {"'": r"'\''", '"': "'\"'", "\n": r"'\n'", "\t": r"'\t'"}.get(letter, f"'{letter}'")


def kind_of(value: Any) -> str:
    """Return what JSON calls a value's type."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "null"
