"""What is compiled once is what would be compiled each time."""

import pytest
from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from llamakeep.inventory import compiled


@pytest.fixture
def counted(monkeypatch):
    """Return what was compiled, in a process in which the compile is counted."""
    seen = []
    anew = Environment.compile
    monkeypatch.setattr(Environment, "compile_expression", Environment.compile_expression)  # to be put back
    monkeypatch.setattr(Environment, "compile", lambda self, text, *how: seen.append(text) or anew(self, text, *how))
    compiled.once()
    return seen


def test_the_same_text_is_compiled_once_for_all_environments(counted):
    first, second = SandboxedEnvironment(), SandboxedEnvironment()
    said = [one.from_string("{{ a }}!").render(a=a) for one, a in ((first, 1), (first, 2), (second, 3))]
    assert said == ["1!", "2!", "3!"]
    assert counted == ["{{ a }}!"]


def test_what_the_text_alone_does_not_say_is_compiled_each_time(counted):
    plain = SandboxedEnvironment()
    assert plain.from_string("<< 1 >>").render() == "<< 1 >>"
    overlay = plain.overlay(variable_start_string="<<", variable_end_string=">>")
    assert overlay.from_string("<< 1 >>").render() == "1"
    for _ in range(2):
        plain.from_string(r"{{ 'a\\nb' }}").render()
        assert plain.compile_expression(r"'a\nb'")() == "a\nb"
        assert overlay.compile_expression("1 + 1")() == 2
    assert len(counted) == 8


def test_the_same_expression_is_compiled_once_and_evaluated_each_time(counted):
    first, second = SandboxedEnvironment(), SandboxedEnvironment()
    said = [one.compile_expression("a + 1")(a=a) for one, a in ((first, 1), (first, 2), (second, 3))]
    assert said == [2, 3, 4]
    assert len(counted) == 1
    assert first.compile_expression("nothing")() is None
    assert first.compile_expression("nothing", False)() is not None
    assert first.compile_expression("nothing", undefined_to_none=False)() is not None
    assert len(counted) == 2


def test_an_expression_that_is_none_leaves_no_trace(counted):
    plain = SandboxedEnvironment()
    for _ in range(2):
        with pytest.raises(TemplateSyntaxError):
            plain.compile_expression("1 +")
    assert plain.from_string(nodes.Template([], lineno=1)).render() == ""
    assert plain.compile_expression("2")() == 2
