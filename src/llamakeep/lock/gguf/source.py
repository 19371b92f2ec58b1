"""Bytes of a file from its beginning, fetched piece by piece as a reader gets on."""

import struct
from collections.abc import Callable

from llamakeep.errors import Refusal

Read = Callable[[int, int], bytes]  # (offset, count) -> that many bytes, fewer where the file ends before

LARGEST = 64 << 20  # bytes of header; the largest that we have seen has 15 MiB
_FIRST, _LONGEST = 1 << 20, 4 << 20  # bytes of the first piece, and of the longest; each is twice as long as the last

_LENGTH = struct.Struct("<Q")


class Source:
    """A position in a file that only goes forward."""

    def __init__(self, fetch: Read, size: int, place: str) -> None:
        """Read through `fetch` from a file of `size` bytes; `place` is its name in a refusal."""
        self.place = place
        self.size = size
        self.received = 0  # bytes that were fetched
        self._fetch = fetch
        self._piece = b""
        self._start = 0  # offset of the piece in the file
        self._at = 0  # position within the piece
        self._next = _FIRST

    @property
    def position(self) -> int:
        """Offset in the file of the next byte."""
        return self._start + self._at

    @property
    def left(self) -> int:
        """Bytes that the header may still have."""
        return min(self.size, LARGEST) - self.position

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        self._have(count)
        found = self._piece[self._at : self._at + count]
        self._at += count
        return found

    def unpack(self, form: struct.Struct) -> tuple[int | float | bool, ...]:
        """Return the next values of a `form`."""
        self._have(form.size)
        found = form.unpack_from(self._piece, self._at)
        self._at += form.size
        return found

    def skip(self, count: int) -> None:
        """Pass over `count` bytes; what was not fetched yet is not fetched for it."""
        self.hold(count)
        self._at += count

    def skip_strings(self, count: int) -> None:
        """Pass over `count` strings; a tokenizer has hundreds of thousands, so this is the inner loop."""
        self.hold(count, _LENGTH.size)
        piece, at, unpack = self._piece, self._at, _LENGTH.unpack_from
        for _ in range(count):
            if at + _LENGTH.size > len(piece):
                self._at = at
                self._have(_LENGTH.size)
                piece, at = self._piece, self._at
            length = unpack(piece, at)[0]
            at += _LENGTH.size + length
            if at > len(piece):
                self._at = at - length
                self.hold(length)
                self._at = at
        self._at = at

    def hold(self, count: int, each: int = 1) -> None:
        """Refuse `count` things of at least `each` bytes where that many bytes cannot follow."""
        if count * each <= self.left:
            return
        if self.position + count * each > self.size:
            raise Refusal(
                self.place,
                f"the header speaks of {count} more bytes or entries at byte {self.position},"
                f" and the file has {self.size} bytes",
                id="gguf-malformed",
                expected="a whole GGUF file",
                remedy="it is damaged or no model: look at its source",
            )
        raise Refusal(
            self.place,
            f"the header is larger than {LARGEST >> 20} MiB",
            id="gguf-header-too-large",
            expected="the header of a model, some megabytes",
            remedy="no memory estimate can be made for this model; it is locked all the same",
        )

    def _have(self, count: int) -> None:
        """Make sure that the piece holds the next `count` bytes."""
        if self._at + count <= len(self._piece):
            return
        self.hold(count)
        start = self.position
        rest = self._piece[self._at :]
        wanted = min(max(self._next, count), self.size - start) - len(rest)
        fetched = self._fetch(start + len(rest), wanted)
        if len(fetched) < count - len(rest):
            raise Refusal(
                self.place,
                f"the file ends at byte {start + len(rest) + len(fetched)}, within its header",
                id="gguf-truncated",
                expected=f"{self.size} bytes",
                remedy="it was cut off, or its source broke the connection: try again",
            )
        self.received += len(fetched)
        self._piece, self._start, self._at = rest + fetched, start, 0
        self._next = min(2 * self._next, _LONGEST)
