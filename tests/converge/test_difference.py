"""What a person sees of a check: bounded, in colour, and harmless to the terminal."""

import io

import pytest
from rich.console import Console

from llamakeep.converge.checked import Checked, CheckedHost, Diff
from llamakeep.converge.difference import show, visible
from llamakeep.converge.log import Failure

HEADERS = "--- before: /etc/x\n+++ after: /etc/x\n"


def shown(*hosts: CheckedHost, in_full: bool = False, colour: bool = False, blocked: tuple[str, ...] = ()) -> str:
    out = io.StringIO()
    colours = "standard" if colour else None
    console = Console(file=out, width=120, highlight=False, force_terminal=colour, color_system=colours)
    show(Checked(inventory="x", seconds=4.2, hosts=hosts, blocked=blocked), console, in_full=in_full)
    return out.getvalue()


def changed(text: str, host: str = "gpu01", path: str = "/etc/x") -> CheckedHost:
    return CheckedHost(host=host, state="changed", diffs=(Diff(task="configure | Apply", path=path, text=text),))


def long(lines: int, start: str = "@@ -1,9 +1,9 @@\n") -> str:
    return HEADERS + start + "\n".join(f"+line {number}" for number in range(lines))


def test_a_line_that_changes_stands_under_its_task_and_path():
    said = shown(changed(f"{HEADERS}@@ -7 +7 @@\n-PrivateNetwork=no\n+PrivateNetwork=yes"))
    assert said.splitlines()[1:] == [
        "Ansible's check mode, 4.2 s; no host was changed",
        "",
        "gpu01",
        "  configure | Apply",
        "    ~ /etc/x",
        "      @@ -7 +7 @@",
        "      -PrivateNetwork=no",
        "      +PrivateNetwork=yes",
    ]


def test_what_comes_is_green_and_what_goes_is_red():
    said = shown(changed(f"{HEADERS}@@ -7 +7 @@\n-a\n+b"), colour=True)
    assert "\x1b[31m      -a\x1b[0m" in said
    assert "\x1b[32m      +b\x1b[0m" in said


def test_a_long_diff_is_cut_and_says_where_the_rest_is():
    assert shown(changed(long(100))).splitlines()[-1] == "      … 77 more lines: plan --host gpu01 --diff"
    assert "more lines" not in shown(changed(long(100)), in_full=True)
    assert "+line 99" in shown(changed(long(100)), in_full=True)


def test_of_a_new_file_the_beginning_is_shown():
    said = shown(changed(long(30, "@@ -0,0 +1,30 @@\n"))).splitlines()
    assert said[5] == "    + /etc/x"
    assert said[-1] == "      … 26 more lines: plan --host gpu01 --diff"


def test_a_new_folder_is_one_line():
    said = shown(changed(f"{HEADERS}@@ -0,0 +1 @@\n+state: folder, owner: root"))
    assert said.splitlines()[-1] == "    + /etc/x  state: folder, owner: root"


def test_one_host_does_not_fill_the_screen_and_its_failure_is_never_cut():
    diffs = tuple(Diff(task="t", path=f"/etc/{n}", text=f"{HEADERS}@@ -7 +7 @@\n-a\n+b") for n in range(100))
    failure = Failure(task="preflight", message="port: taken\n  → free it")
    said = shown(CheckedHost(host="gpu01", state="failed", diffs=diffs, failure=failure)).splitlines()
    assert len(said) < 130
    assert said[-4:] == [
        "  … 281 more lines: plan --host gpu01 --diff",
        "  ✗ failed at: preflight",
        "    port: taken",
        "      → free it",
    ]


def test_hosts_of_which_the_same_is_to_be_said_are_said_once():
    said = shown(*(changed(long(3), host=f"gpu{n:02}") for n in range(8)), changed(long(4), host="odd"))
    assert said.count("+line 2") == 2
    assert "gpu00, gpu01, gpu02, gpu03, gpu04, gpu05 and 2 more" in said


def test_a_host_without_a_diff_says_so():
    assert "gpu01  Ansible finds nothing to change" in shown(CheckedHost(host="gpu01", state="ok"))


def test_where_ansible_was_not_asked_that_is_said_and_why():
    said = shown(blocked=("gpu07",))
    assert "nothing to ask Ansible: no host is to change" in said
    assert "✗ gpu07 is not asked: see the findings above" in said


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("safe\rover", r"safe\rover"),
        ("\x9b31m", r"\x9b31m"),
        ("left\u202eright", r"left\u202eright"),
        ("non\u00a0breaking", r"non\xa0breaking"),
        ("half \udcff", r"half \udcff"),
        ("\ttab, blank, ü, 日本", "\ttab, blank, ü, 日本"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_stands_as_its_escape(text, seen):
    assert visible(text) == seen


def test_no_control_character_reaches_the_terminal_from_anywhere():
    evil = "\x1b]0;title\x07"
    host = CheckedHost(
        host="gpu01",
        state="failed",
        diffs=(Diff(task=evil, path=evil, text=f"+{evil}"), Diff(task="t", text=evil)),
        failure=Failure(task=evil, message=f"a\n{evil}"),
    )
    assert not {"\x1b", "\x07"} & set(shown(host))


def test_square_brackets_are_no_markup():
    assert "+[Service]" in shown(changed(f"{HEADERS}@@ -7 +7 @@\n+[Service]"))
