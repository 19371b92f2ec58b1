"""The answer of a host taken apart: what each tool printed and how it ended."""

from typing import NamedTuple


class Block(NamedTuple):
    """One part of the answer."""

    lines: tuple[str, ...]  # without empty ones
    end: str  # "0", the exit code; "hangs D", with the state of the process; empty: it was cut off, or is no tool

    @property
    def values(self) -> dict[str, str]:
        """Return lines of the form `name=value`; the first of a name counts."""
        found: dict[str, str] = {}
        for line in self.lines:
            name, mark, value = line.partition("=")
            if mark:
                found.setdefault(name.strip(), value.strip())
        return found

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a name that may come several times."""
        return tuple(line.partition("=")[2] for line in self.lines if line.startswith(f"{name}="))


NOTHING = Block((), "")


def apart(answer: str) -> dict[str, Block]:
    r"""Return the blocks by name; one that was cut off has no end. Raises ValueError where there is none.

    >>> apart("@ core\nNo devices were found\n@= 6")
    {'core': Block(lines=('No devices were found',), end='6')}
    """
    found: dict[str, Block] = {}
    name = ""
    for raw in answer.splitlines():
        line = raw.rstrip()
        if line.startswith("@= ") and name:
            found[name] = found[name]._replace(end=line[3:].strip())
            name = ""
        elif line.startswith("@ "):
            name = line[2:].strip()
            found[name] = NOTHING
        elif line and name:
            found[name] = found[name]._replace(lines=(*found[name].lines, line))
    if not found:
        raise ValueError("it holds nothing that we asked for")
    return found
