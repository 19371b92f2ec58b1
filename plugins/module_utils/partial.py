"""A file that is on its way: what lies here of it already, and its sha256 so far."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from typing import Callable

from ansible_collections.llamakeep.fleet.plugins.module_utils import space

CHUNK = 1024 * 1024
_LOOK_AT_DISK_EVERY = 32 * CHUNK


class DiskFull(Exception):  # noqa: N818 - the disk's state
    """No room is left for the bytes that come in."""


class Stopped(Exception):  # noqa: N818 - asked for from outside
    """Nobody waits for this file any more."""


class Partial:
    """A file that is being filled, hashed as it grows; what an earlier run left in it is kept and counted."""

    def __init__(
        self,
        path: str,
        on_bytes: Callable[[int], None],
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Open the file, never through a link, and hash what lies there."""
        self.path = path
        self.length = 0
        self.received = 0  # bytes that came over the network, also those that were thrown away again
        self.resumed = 0  # bytes of an earlier run that are still part of the file
        self._on_bytes = on_bytes
        self._is_stopped = is_stopped
        self._sha256 = hashlib.sha256()
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        self._file = os.open(path, flags, 0o600)
        try:
            self._hash_what_lies_here()
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Partial:
        return self

    def __exit__(self, *unused: object) -> None:
        os.close(self._file)

    @property
    def digest(self) -> str:
        """The sha256 (hex) of all bytes so far."""
        return self._sha256.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Add bytes that came in."""
        if self._is_stopped():
            raise Stopped
        try:
            if self.received % _LOOK_AT_DISK_EVERY < len(chunk):
                self._leave_reserve()
            view = memoryview(chunk)
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                os.ftruncate(self._file, self.length)
                raise DiskFull(os.path.dirname(self.path)) from error
            raise
        self._sha256.update(chunk)
        self.received += len(chunk)
        self._grow(len(chunk))

    def restart(self) -> None:
        """Throw away all bytes: they were wrong, or the address cannot go on from where they end."""
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        self._sha256 = hashlib.sha256()
        self.resumed = 0
        self._grow(-self.length)

    def settle(self, mode: int) -> None:
        """Give the finished file its mode, and wait until the disk has it."""
        os.fchmod(self._file, mode)
        os.fsync(self._file)

    def _grow(self, count: int) -> None:
        self.length += count
        self._on_bytes(count)

    def _leave_reserve(self) -> None:
        if space.free(self.path) < space.RESERVE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.path)

    def _hash_what_lies_here(self) -> None:
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            raise OSError(errno.EINVAL, "is no regular file", self.path)
        while True:
            chunk = os.read(self._file, CHUNK)
            if not chunk:
                break
            if self._is_stopped():
                raise Stopped
            self._sha256.update(chunk)
            self._grow(len(chunk))
        self.resumed = self.length
