"""What Ansible's check mode foresees, on a terminal: per host, task and path, the lines that come and go."""

import re
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from llamakeep.converge.checked import Checked, CheckedHost, Diff

_EACH = 24  # lines of one diff; `--host` shows all of them
_NEW = 4  # lines of a file that is not there yet
_HOST = 120  # lines of one host
_NAMES_IN_A_ROW = 6
_WHOLE = re.compile(r"@@ -0,0 |@@ -\d+(,\d+)? \+0,0 |@@ -1 \+1 @@")  # line numbers that say nothing
_STYLES = {"+": "green", "-": "red", "~": "yellow", "@": "cyan", "\\": "dim"}


def show(checked: Checked, console: Console, *, in_full: bool = False) -> None:
    """Print what Ansible would change; long diffs are cut short, unless all is asked for."""
    console.print()
    if not checked.hosts:
        console.print("nothing to ask Ansible: no host is to change", style="bold")
    else:
        console.print(f"Ansible's check mode, {checked.seconds:.1f} s; no host was changed", style="bold")
    for names, host in _alike(checked.hosts):
        console.print()
        lines = list(_diffs(host, None if in_full else _EACH))
        if not in_full and len(lines) > _HOST + 1:
            lines = [*lines[:_HOST], _more(len(lines) - _HOST, host.host, 2)]
        for line in [_head(names, host), *lines, *_failure(host)]:
            console.print(line, soft_wrap=True)
    if checked.blocked:
        are = "are" if len(checked.blocked) > 1 else "is"
        console.print(f"\n✗ {', '.join(checked.blocked)} {are} not asked: see the findings above", soft_wrap=True)


def visible(text: str) -> str:
    r"""Return a text in which everything that a terminal would obey, or not show, stands as its escape.

    A diff must show what differs: a replacement character would make two such lines look the same.

    >>> visible("a\x1b[2Jb\u202ec\td")
    'a\\x1b[2Jb\\u202ec\td'
    """
    return "".join(
        one if one.isprintable() or one == "\t" else one.encode("unicode_escape").decode("ascii") for one in text
    )


def _alike(hosts: tuple[CheckedHost, ...]) -> Iterator[tuple[list[str], CheckedHost]]:
    """Put hosts together of which the same is to be said."""
    groups: dict[CheckedHost, list[str]] = {}
    for host in hosts:
        groups.setdefault(host.model_copy(update={"host": ""}), []).append(host.host)
    for host, names in groups.items():
        yield names, host.model_copy(update={"host": names[0]})


def _head(names: list[str], host: CheckedHost) -> Text:
    shown, rest = names[:_NAMES_IN_A_ROW], len(names) - _NAMES_IN_A_ROW
    head = Text(", ".join(shown) + (f" and {rest} more" if rest > 0 else ""), style="bold")
    if not host.diffs and host.failure is None:
        head.append("  Ansible finds nothing to change: what the plan names above shows only when it runs", "dim")
    return head


def _diffs(host: CheckedHost, most: int | None) -> Iterator[Text]:
    previous = ""
    for diff in host.diffs:
        if diff.task != previous:
            yield Text(f"  {visible(diff.task)}", style="dim")
        previous = diff.task
        yield from _diff(diff, host.host, most)


def _failure(host: CheckedHost) -> Iterator[Text]:
    if host.failure is not None:
        yield Text(f"  ✗ {host.state} at: {visible(host.failure.task)}", style="red")
        for line in host.failure.message.split("\n"):
            yield Text(f"    {visible(line)}")


def _diff(diff: Diff, host: str, most: int | None) -> Iterator[Text]:
    """Return one diff under its path; of what comes as a whole the overview shows the beginning."""
    lines = diff.text.split("\n") if diff.text else []
    is_new = False
    if len(lines) > 2 and lines[0].startswith("--- "):
        is_new = lines[2].startswith("@@ -0,0 ")
        lines = [line for line in lines[2:] if not _WHOLE.match(line)]
    elif not diff.path and not lines:
        lines = ["would change; Ansible does not say what"]
    if diff.path and is_new and len(lines) == 1:
        yield Text.assemble("    ", (f"+ {visible(diff.path)}", "bold green"), f"  {visible(lines[0][1:])}")
        return
    if diff.path:
        yield Text(f"    {'+' if is_new else '~'} {visible(diff.path)}", style="bold green" if is_new else "bold")
    indent = 6 if diff.path else 4
    limit = len(lines) if most is None else min(most, _NEW) if is_new else most
    cut = limit if len(lines) > limit + 1 else len(lines)
    for line in lines[:cut]:
        yield Text(" " * indent + visible(line), style=_STYLES.get(line[:1], ""))
    if cut < len(lines):
        yield _more(len(lines) - cut, host, indent)


def _more(count: int, host: str, indent: int) -> Text:
    return Text(f"{' ' * indent}… {count} more lines: plan --host {host} --diff", style="dim")
