"""The one script, run by a real sh on this machine, as a host would run it."""

import subprocess
from typing import Any

from llamakeep.observe import script
from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact


class Said(Fact[str]):
    def __init__(self, name: str, question: str, limit: int = 5) -> None:
        self.name, self._question, self.limit = name, question, limit  # type: ignore[misc]

    def question(self, ask: Ask) -> str:  # noqa: ARG002 - the same for every host
        return self._question

    def parse(self, answer: str) -> str:
        if answer == "nonsense":
            raise ValueError("no sense in it")
        return answer


def run(*facts: Fact[Any], secret: str = "") -> str:
    asked = f"{secret}\n{script.script(facts, Ask())}"
    command = script.command(become=False)
    done = subprocess.run(command, shell=True, input=asked.encode(), capture_output=True, timeout=30, check=True)  # noqa: S602
    return done.stdout.decode("ascii")


def test_each_question_gets_its_own_answer() -> None:
    seen, gaps = script.parse(facts := (Said("one", "echo 1; echo 2"), Said("two", "echo 'it'\"'\"'s'")), run(*facts))
    assert (seen, gaps) == ({"one": "1\n2", "two": "it's"}, ())


def test_a_question_that_hangs_is_named_and_stops_no_other() -> None:
    facts = (Said("slow", "sleep 20", limit=1), Said("quick", "echo here"))
    seen, gaps = script.parse(facts, run(*facts))
    assert (seen, gaps) == ({"quick": "here"}, ("slow: no answer within 1 s",))


def test_a_question_that_reads_stdin_does_not_eat_the_others() -> None:
    facts = (Said("hungry", "cat; read line; echo over"), Said("next", "echo here"))
    assert script.parse(facts, run(*facts))[0] == {"hungry": "over", "next": "here"}


def test_a_failing_or_exiting_question_stops_no_other() -> None:
    facts = (Said("fails", "echo a; exit 3"), Said("broken", "if then fi"), Said("next", "echo here"))
    assert script.parse(facts, run(*facts))[0] == {"fails": "a", "broken": "", "next": "here"}


def test_bytes_that_are_no_ascii_come_as_question_marks() -> None:
    fact = Said("odd", r"printf 'a\377b\303\244\n'")
    assert script.parse((fact,), run(fact))[0] == {"odd": "a?b??"}


def test_an_answer_that_cannot_be_read_is_a_gap() -> None:
    fact = Said("odd", "echo nonsense")
    assert script.parse((fact,), run(fact)) == ({}, ("odd: an answer that cannot be read (no sense in it)",))


def test_an_answer_that_was_cut_off_is_a_gap() -> None:
    assert script.parse((Said("one", ""),), "\n\x1eone\nhalf an ans") == ({}, ("one: the answer was cut off",))


def test_questions_are_asked_in_plain_english(monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    fact = Said("locale", "cat /no/such/file 2>&1")
    assert "No such file" in script.parse((fact,), run(fact))[0]["locale"]


def test_the_password_is_no_argument_of_any_process() -> None:
    fact = Said("processes", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")
    assert "s3cret-word" not in run(fact, secret="s3cret-word")  # noqa: S106 - made up for this test
    assert "s3cret-word" not in script.command(become=True)
