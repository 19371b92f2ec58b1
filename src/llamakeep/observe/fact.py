"""What every fact has: a question in shell, a time limit, and a parser of the answer."""

from abc import ABC, abstractmethod
from typing import ClassVar

from llamakeep.observe.ask import Ask


class Fact[Seen](ABC):
    """One noun, asked of a host as one section of the one script that is run there.

    The question runs under `sh` (POSIX, LC_ALL=C) with `$LLAMAKEEP_ROOT` saying what we may do. Whatever
    tools it finds, it asks for as little as the answer needs, changes nothing, and cannot wait for input.
    """

    name: ClassVar[str]
    limit: ClassVar[int] = 5  # seconds

    @abstractmethod
    def question(self, ask: Ask) -> str:
        """Return the shell script."""

    @abstractmethod
    def parse(self, answer: str) -> Seen:
        """Return what a host's answer means; raises ValueError where it means nothing."""
