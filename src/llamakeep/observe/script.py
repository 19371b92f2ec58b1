"""One script for one round trip: the questions of all facts in sections, and the answers taken apart."""

import shlex
from collections.abc import Sequence
from typing import Any, NamedTuple

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact

_MARK = "\036"  # ASCII record separator: no tool prints it
_HUNG = (124, 137, 142, 143)  # what timeout(1) returns, that of busybox, and a shell that perl's alarm ended
_MOST = 8 * 1024 * 1024  # bytes of an answer; more than that comes from a host that does not mean well

# A section cannot eat the text of the script (its stdin is its own), nor wait for more than its time.
_FRAME = r"""
LC_ALL=C; LANGUAGE=C; PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LLAMAKEEP_BEGAN=$(date +%s)
if [ "$(id -u)" = 0 ]; then LLAMAKEEP_ROOT=${LLAMAKEEP_BY:-is root}; else LLAMAKEEP_ROOT=${LLAMAKEEP_BARRED:-no}; fi
export LC_ALL LANGUAGE PATH LLAMAKEEP_ROOT LLAMAKEEP_BEGAN
if timeout -k 1 1 true; then limit() { timeout -k 1 "$@"; }
elif timeout 1 true; then limit() { timeout "$@"; }
elif command -v perl; then limit() { perl -e 'alarm shift; exec @ARGV' "$@"; }
else limit() { shift; "$@"; }; fi >/dev/null 2>&1
section() {
    printf '\n\036%s\n' "$1"
    printf '{\n%s\n} </dev/null\n' "$3" | limit "$2" sh 2>/dev/null
    printf '\n\036=%s\n' "$?"
}
"""

# Bytes that are no ASCII would stop the reader at the other end; what we ask for is ASCII.
_SIEVE = rf"LC_ALL=C tr -c '\011\012\036\040-\176' '?' | head -c {_MOST}"


class Answer(NamedTuple):
    """What a host said to one question."""

    code: int  # exit code of the question
    text: str


def script(facts: Sequence[Fact[Any]], ask: Ask) -> str:
    """Return the script that asks all questions; what `observe.rights` says stands before it."""
    calls = [f"section {fact.name} {fact.limit} {shlex.quote(fact.question(ask).strip())}" for fact in facts]
    return "\n".join(["{", _FRAME, *calls, f"}} | {_SIEVE}"]) + "\n"


def answers(text: str) -> dict[str, Answer]:
    r"""Return what was said in each section; one that was cut off is not among them, nor what stands before.

    >>> answers("\n\x1esystem\nLinux\n\n\x1e=0\n")
    {'system': Answer(code=0, text='Linux')}
    """
    found: dict[str, Answer] = {}
    name = ""
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith(f"{_MARK}="):
            if name and line[2:].isdigit():
                found[name] = Answer(int(line[2:]), "\n".join(lines).strip("\n"))
            name = ""
        elif line.startswith(_MARK):
            name, lines = line[1:], []
        else:
            lines.append(line)
    return found


def parse(facts: Sequence[Fact[Any]], text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the value of every fact that a host answered, and in words what it did not answer."""
    said = answers(text)
    seen: dict[str, Any] = {}
    gaps: list[str] = []
    for fact in facts:
        answer = said.get(fact.name)
        if answer is None:
            gaps.append(f"{fact.name}: the answer was cut off")
        elif answer.code in _HUNG:
            gaps.append(f"{fact.name}: no answer within {fact.limit} s")
        else:
            try:
                seen[fact.name] = fact.parse(answer.text)
            except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
                gaps.append(f"{fact.name}: an answer that cannot be read ({_first_line(error)})")
    return seen, tuple(gaps)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
