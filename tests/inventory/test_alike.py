"""What is evaluated for one host is the answer for another only where both have the same in all that is asked for."""

import pytest

from llamakeep.inventory.alike import Alike, of_task

ROLE = {"__port": "{{ ollama_api_port + 1 }}", "__door": {"at": ["{{ __port }}"]}, "__mine": "{{ inventory_hostname }}"}


def evaluated(question, *sights):
    """Return for which of several hosts a question is evaluated: the number of each."""
    alike, asked = Alike(), []
    for number, sight in enumerate(sights):
        was = alike.answer(question, {**ROLE, **sight}, lambda number=number: asked.append(number) or number)
        assert was in asked
    return asked


@pytest.mark.parametrize(
    ("question", "first", "second", "anew"),
    [
        ("ollama_api_port", {"ollama_api_port": 1}, {"ollama_api_port": 1, "other": 2}, False),
        ("ollama_api_port", {"ollama_api_port": 1}, {"ollama_api_port": 2}, True),
        ("ollama_api_port", {"ollama_api_port": 1}, {"ollama_api_port": True}, True),
        ("a", {"a": [{"b": 1}]}, {"a": [{"b": 1.0}]}, True),
        ("a", {"a": [1, 2]}, {"a": [1]}, True),
        ("__door", {"ollama_api_port": 1}, {"ollama_api_port": 2}, True),
        ("__door", {"ollama_api_port": 1, "x": 1}, {"ollama_api_port": 1, "x": 2}, False),
        ("a is defined", {}, {"a": 1}, True),
        ("a is defined", {"a": None}, {}, True),
        ("a", {"a": "{{ b }}", "b": "{{ c }}", "c": 1}, {"a": "{{ b }}", "b": "{{ c }}", "c": 2}, True),
        ("a", {"a": {"{{ b }}": 1}, "b": 1}, {"a": {"{{ b }}": 1}, "b": 2}, True),
        ("a", {"a": "b", "b": 1}, {"a": "b", "b": 2}, False),
        ("a", {"a": "{{ b }}", "b": 1}, {"a": "b", "b": 1}, True),
        ("groups['llm_hosts']", {"groups": {"llm_hosts": ["x"]}}, {"groups": {"llm_hosts": ["x"]}}, False),
        ("__mine", {"inventory_hostname": "x"}, {"inventory_hostname": "y"}, True),
        ("hostvars[inventory_hostname]", {"inventory_hostname": "x"}, {"inventory_hostname": "y"}, True),
        ("lookup('env', 'A')", {}, {}, True),
        ("a", {"a": "{{ query('env', 'A') }}"}, {"a": "{{ query('env', 'A') }}"}, True),
        ("vars['a']", {}, {}, True),
    ],
)
def test_hosts_are_alike_in_what_is_asked_for(question, first, second, anew):
    assert evaluated(question, first, second) == ([0, 1] if anew else [0])


def test_an_answer_of_before_is_found_again_and_few_are_kept():
    assert evaluated("a", {"a": 1}, {"a": 2}, {"a": 1}, {"a": 2}) == [0, 1]
    many = [{"a": number} for number in range(17)]
    assert evaluated("a", *many, {"a": 16}, {"a": 0}) == [*range(17), 18]


def test_a_failure_is_no_answer():
    alike = Alike()
    with pytest.raises(ZeroDivisionError):
        alike.answer("a", {}, lambda: 1 / 0)
    assert alike.answer("a", {}, lambda: 1) == 1


def test_a_task_is_asked_for_by_all_that_it_names():
    task = {"when": ["a > 1"], "vars": {"b": "{{ c }}"}, "llamakeep.fleet.refuse": {"found": "{{ d }}"}}
    for name in "acd":
        assert evaluated(of_task(task), {name: 1}, {name: 2}) == [0, 1]
    assert evaluated(of_task(task), {"e": 1}, {"e": 2}) == [0]
