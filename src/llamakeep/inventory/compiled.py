"""Templates and expressions that are compiled once in a process; worker only.

Ansible compiles a template each time that it comes upon it: 283 times for the 101 that the four hosts of
`inventories/office` have, which took half of the time in which they were evaluated.
"""

from types import CodeType
from typing import Any

from jinja2 import Environment
from jinja2.environment import TemplateExpression

_Text = tuple[type[Environment], str]


def once() -> None:
    """Have every environment of this process reuse what one of its kind compiled of the same text."""
    templates: dict[_Text, CodeType] = {}
    expressions: dict[_Text, CodeType] = {}
    parsed: list[_Text] = []  # the expression that comes to `compile` next, which sees nodes alone
    template_anew, expression_anew = Environment.compile, Environment.compile_expression

    def template_once(self: Environment, source: Any, *how: Any, **more: Any) -> Any:
        if how or more or not isinstance(source, str) or not _says_all(self, source):
            code = template_anew(self, source, *how, **more)
            if parsed and not isinstance(source, str):
                expressions[parsed.pop()] = code
            return code
        text = type(self), source
        if text not in templates:
            templates[text] = template_anew(self, source)
        return templates[text]

    def expression_once(self: Environment, source: str, undefined_to_none: Any = True) -> TemplateExpression:
        if not _says_all(self, source):
            return expression_anew(self, source, undefined_to_none)
        text = type(self), source
        if text in expressions:
            template = self.template_class.from_code(self, expressions[text], self.make_globals(None))
            return TemplateExpression(template, undefined_to_none)
        parsed[:] = [text]
        try:
            return expression_anew(self, source, undefined_to_none)
        finally:
            parsed.clear()

    Environment.compile = template_once  # type: ignore[method-assign]
    Environment.compile_expression = expression_once  # type: ignore[method-assign]


def _says_all(environment: Environment, source: str) -> bool:
    """Tell whether the text alone says what it means: not how a backslash is read, nor what an overlay says."""
    return not environment.overlayed and "\\" not in source
