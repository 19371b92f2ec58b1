"""The same bytes from several places: the next one goes on where the last one ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from ansible_collections.llamakeep.fleet.plugins.module_utils.download import Trouble, fetch
from ansible_collections.llamakeep.fleet.plugins.module_utils.partial import Partial

_PAUSE = 1.0  # seconds between two rounds
_WORTH_ANOTHER_ROUND = 1024 * 1024  # bytes by which the last one came further
_THEN = ", then "


class Source(NamedTuple):
    """One place that has the bytes: what the operator calls it, and the address itself."""

    name: str  # "http://registry1:5000"
    url: str  # "http://registry1:5000/v2/library/mistral/blobs/sha256:<hex>"


class Unavailable(Exception):  # noqa: N818 - the sum of what the sources said
    """No source gave the right bytes; `said` holds each one's last words, in order."""

    def __init__(self, said: dict[str, str], kept: int, found: str = "") -> None:
        super().__init__(said, kept, found)
        self.said = said
        self.kept = kept  # bytes that lie here for the next run
        self.found = found  # sha256 of bytes that were whole and wrong, if any were

    def __str__(self) -> str:
        return "; ".join(f"{name}: {words}" for name, words in self.said.items())


def bring(
    partial: Partial, sha256: str, size: int, sources: list[Source], timeout: float, on_source: Callable[[str], None]
) -> None:
    """Fill a file until its bytes are all there and are right, or raise Unavailable.

    A source that breaks off is tried again as long as a round over all of them brings something worth it; one
    that sent wrong bytes is not.
    """
    if size and partial.length > size:
        partial.restart()
    if partial.digest == sha256:
        return
    if size and partial.length == size:
        partial.restart()
    said: dict[str, str] = {}
    wrong: dict[str, str] = {}
    reached = partial.length
    while True:
        for source in sources:
            if source.name in wrong:
                continue
            on_source(source.name)
            words = _try(partial, sha256, size, source, timeout, wrong)
            if not words:
                return
            # The last words of one that broke off are told with the ones before: they say how far it came.
            before_that = said.get(source.name, words).rpartition(_THEN)[2]
            said[source.name] = words if words == before_that else f"{before_that}{_THEN}{words}"
        if partial.length - reached < _WORTH_ANOTHER_ROUND or len(wrong) == len(sources):
            raise Unavailable(said, partial.length, next(iter(wrong.values()), ""))
        reached = partial.length
        time.sleep(_PAUSE)


def _try(partial: Partial, sha256: str, size: int, source: Source, timeout: float, wrong: dict[str, str]) -> str:
    """Return what went wrong with a source, empty for nothing."""
    for _again in range(2):
        before = partial.received
        try:
            fetch(source.url, partial, size, timeout)
        except Trouble as trouble:
            return str(trouble)
        if partial.digest == sha256:
            return ""
        found, length = partial.digest, partial.length
        is_all_its_own = partial.received - before == length
        partial.restart()
        # Where some of the bytes were another source's, or an earlier run's, this one is asked for all of them.
        if is_all_its_own:
            break
    wrong[source.name] = found
    return f"sent {readable(length)} of other bytes: sha256 {found}"
