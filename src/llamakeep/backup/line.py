"""A host's own backup program, run on the one way to a host: what it takes and gives passes piece by piece."""

import hashlib
import io
import json
import math
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from llamakeep.errors import Refusal
from llamakeep.hosts.conversation import BecomeError, Conversation, UnreachableError
from llamakeep.hosts.reason import in_words
from llamakeep.hosts.way import Way
from llamakeep.inventory.fleet import Host

PROGRAM = ("/usr/bin/python3", "-IBS", "/opt/llamakeep/libexec/open-webui-backup")
_PUT_BACK = 1  # the program's status where it tried, and took everything back
_ENDING = 60.0  # seconds between a program's last word and its end
_CUT_OFF = 255  # ssh's own status


class PutBack(Refusal):
    """It did not work; what was there before is back."""


class Line:
    """One host."""

    def __init__(self, host: Host) -> None:
        """Take a host of the inventory."""
        self._host = host
        self._way = Way(host.connection)

    def ask(self, *words: str, given: BinaryIO | None = None) -> dict[str, Any]:
        """Run a verb and return its answer; `given` is what it reads, such as an archive."""
        with self._start(words, given) as line:
            said = b"".join(_pieces(line))
            self._end(line)
        answer: dict[str, Any] = json.loads(said)
        return answer

    def draw(self, *words: str, into: BinaryIO) -> str:
        """Run a verb, write what it gives into a file, and return the sha256 of that."""
        hashed = hashlib.sha256()
        with self._start(words, None) as line:
            for piece in _pieces(line):
                hashed.update(piece)
                into.write(piece)
            self._end(line)
        return hashed.hexdigest()

    @contextmanager
    def _start(self, words: tuple[str, ...], given: BinaryIO | None) -> Iterator[Conversation]:
        try:
            with self._way.open(f"exec {shlex.join([*PROGRAM, *words])}") as line:
                line.say(given or io.BytesIO())
                yield line
        except BecomeError as refusal:
            connection = self._host.connection
            raise Refusal(
                self._host.name,
                f"{connection.user or 'the user'} does not become root by {connection.become_method}: {refusal}",
                id="become-failed",
                expected="to be root there",
                remedy="llamakeep plan says what is wrong",
            ) from refusal
        except UnreachableError as refusal:
            raise Refusal(
                self._host.name,
                str(refusal),
                id="host-unreachable",
                remedy="llamakeep observe says what is wrong",
            ) from refusal

    def _end(self, line: Conversation) -> None:
        """Wait for the end, and pass on what the program refused."""
        code, said, name = line.wait(_ENDING), line.complaint, self._host.name
        if code == 0:
            return
        if code == _CUT_OFF and self._host.connection.kind == "ssh":
            raise UnreachableError(in_words(said))
        if "can't open file" in said:
            raise Refusal(
                name, "it has no program for backups", id="backup-program-missing", remedy="llamakeep up brings it"
            )
        if code == _PUT_BACK and "Traceback" not in said:
            raise PutBack(name, said, id="restore-rolled-back")
        raise Refusal(
            name,
            said.splitlines()[-1] if "Traceback" in said else said or f"ended with status {code}",
            id="backup-program-failed",
        )


def _pieces(line: Conversation) -> Iterator[bytes]:
    """Return what a host says, as it comes; a backup takes as long as it takes."""
    while piece := line.piece(math.inf):
        yield piece
