"""Where there is room."""

import shlex

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import Space

_QUESTION = r"""
for asked do
    there=$asked
    while [ ! -d "$there" ]; do there=${there%/*}; [ -n "$there" ] || there=/; done
    printf '%s\t%s\t%s\t%s\n' "$asked" "$there" "$(stat -c %d -- "$there")" "$(stat -f -c '%a %S %d' -- "$there")"
done
"""


class SpaceFact(Fact[tuple[Space, ...]]):
    """Free bytes and inodes where something will be written, also when the folder does not exist yet.

    >>> (Space(asked="/opt/llamakeep/ollama", path="/opt", disk="2049", free=81604378624, inodes=5991225),)
    """

    name = "space"

    def question(self, ask: Ask) -> str:
        """Ask the file system of the nearest folder that exists."""
        return f"set -- {shlex.join(ask.paths)}\n{_QUESTION}"

    def parse(self, answer: str) -> tuple[Space, ...]:
        """Read tab-separated lines: asked, nearest, device, `blocks size inodes`."""
        seen = []
        for line in answer.splitlines():
            asked, path, disk, numbers = line.split("\t")
            blocks, size, inodes = map(int, numbers.split())
            seen.append(Space(asked=asked, path=path, disk=disk, free=blocks * size, inodes=inodes))
        return tuple(seen)
