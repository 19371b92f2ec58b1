"""Templates that are compiled once in a process; worker only.

Ansible compiles a template each time that it comes upon it: 283 times for the 101 that the four hosts of
`inventories/office` have, which took half of the time in which they were evaluated.
"""

from types import CodeType
from typing import Any

from jinja2 import Environment


def once() -> None:
    """Have every environment of this process reuse what one of its kind compiled of the same text."""
    known: dict[tuple[type[Environment], str], CodeType] = {}
    compile_anew = Environment.compile

    def compile_once(self: Environment, source: Any, *how: Any, **more: Any) -> Any:
        # How a backslash is read, and what an overlay says, is not in the text itself; an expression comes parsed.
        if how or more or self.overlayed or not isinstance(source, str) or "\\" in source:
            return compile_anew(self, source, *how, **more)
        text = type(self), source
        if text not in known:
            known[text] = compile_anew(self, source)
        return known[text]

    Environment.compile = compile_once  # type: ignore[method-assign]
