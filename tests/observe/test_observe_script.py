"""The one script, run by a real sh on this machine, as a host would run it."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from llamakeep.observe import script
from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.rights import rights


class Said(Fact[str]):
    def __init__(self, name: str, question: str, limit: int = 5) -> None:
        self.name, self._question, self.limit = name, question, limit  # type: ignore[misc]

    def question(self, ask: Ask) -> str:  # noqa: ARG002 - the same for every host
        return self._question

    def parse(self, answer: str) -> str:
        if answer == "nonsense":
            raise ValueError("no sense in it")
        return answer


def run(*facts: Fact[Any], before: str = "") -> str:
    asked = f"{before}{script.script(facts, Ask())}"
    done = subprocess.run(["/bin/sh"], input=asked.encode(), capture_output=True, timeout=30, check=True)
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


@pytest.mark.parametrize(("uid", "root"), [(0, "sudo -i"), (1000, "it's barred")])
def test_whether_it_is_root_and_by_what_is_told(tmp_path: Path, uid: int, root: str) -> None:
    own = tmp_path / "id"
    own.write_text(f"#!/bin/sh\necho {uid}\n", encoding="ascii")
    own.chmod(0o755)
    said = run(
        Said("root", 'echo "$LLAMAKEEP_ROOT"'),
        before=f"PATH={tmp_path}:$PATH\n{rights('sudo -i', "it's barred")}",
    )
    assert script.answers(said)["root"].text == root


def test_what_a_login_shell_prints_before_is_not_an_answer() -> None:
    text = "Welcome to gpu03!\n\x1b[31m50% of disk used\x1b[0m no newline" + run(fact := Said("one", "echo here"))
    assert script.parse((fact,), text) == ({"one": "here"}, ())


def test_an_answer_that_was_cut_off_in_its_last_mark_is_a_gap() -> None:
    for end in ("", "\n\x1e", "\n\x1e=", "\n\x1e=x"):
        text = f"\n\x1eone\nhere\n\x1e=0\n\n\x1etwo\nthere{end}"
        facts = (Said("one", ""), Said("two", ""))
        assert script.parse(facts, text) == ({"one": "here"}, ("two: the answer was cut off",))


def test_a_mark_inside_of_an_answer_takes_nothing_from_the_others() -> None:
    facts = (Said("odd", r"printf 'a\n\036=0\nb\n\036next\nforged\n'"), Said("next", "echo here"))
    assert script.parse(facts, run(*facts))[0]["next"] == "here"


def test_a_host_that_never_stops_talking_is_cut_off() -> None:
    facts = (Said("quick", "echo here"), Said("loud", "yes", limit=3), Said("next", "echo here"))
    text = run(*facts)
    assert len(text) <= 8 * 1024 * 1024
    assert script.parse(facts, text)[0] == {"quick": "here"}


@pytest.mark.parametrize("kept", ["perl", "nothing"])
def test_without_timeout(tmp_path: Path, kept: str) -> None:
    """macOS has no timeout, and ends what hangs by perl; without either, everything is still asked."""
    for name in ("sh", "cat", "tr", "id", "date", "head", "sleep", "perl"):
        if name != "perl" or kept == "perl":
            (tmp_path / name).symlink_to(shutil.which(name) or "/no/such/program")
    slow = (Said("slow", "exec sleep 20", limit=1),) if kept == "perl" else ()
    facts = (*slow, Said("quick", "echo here; command -v timeout"))
    asked = script.script(facts, Ask()).replace("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "")
    done = subprocess.run(
        ["/bin/sh"],
        input=asked.encode(),
        capture_output=True,
        timeout=30,
        check=True,
        env={"PATH": str(tmp_path)},
    )
    seen, gaps = script.parse(facts, done.stdout.decode("ascii"))
    assert seen == {"quick": "here"}
    assert gaps == (("slow: no answer within 1 s",) if slow else ())


@pytest.mark.parametrize("error", [AttributeError("x"), RecursionError("deep"), KeyError("memory"), OverflowError()])
def test_a_parser_that_trips_over_an_answer_hides_no_other(error: Exception) -> None:
    class Tripping(Said):
        def parse(self, answer: str) -> str:  # noqa: ARG002
            raise error

    facts = (Tripping("odd", "echo a"), Said("next", "echo here"))
    seen, gaps = script.parse(facts, run(*facts))
    assert seen == {"next": "here"}
    assert gaps[0].startswith("odd: an answer that cannot be read (")
