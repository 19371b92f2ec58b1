"""The host keys that the operator knows, read once for all hosts; only the worker process imports this.

paramiko compares every line with every other one on reading, and with every host on looking up: with a
thousand hashed lines that is minutes. Here a name leads to its lines, and a line is read when it is wanted.
It also takes patterns and revoked keys as ssh does, which paramiko passes over.
"""

import hmac
import re
from base64 import b64decode
from typing import Any, NamedTuple

from paramiko.hostkeys import HostKeyEntry, HostKeys
from paramiko.ssh_exception import SSHException

_BLANKS = re.compile(r"\s+")
_HASHED = re.compile(r"\|1\|(?P<salt>[A-Za-z0-9+/]{27}=)\|(?P<digest>[A-Za-z0-9+/]{27}=)")


class _Hashed(NamedTuple):
    """A name that is written as `|1|salt|HMAC-SHA1`."""

    salt: bytes
    digest: bytes
    line: str


class _Pattern(NamedTuple):
    """Names with `*`, `?` or a `!` before one that is excepted."""

    wanted: re.Pattern[str]
    excepted: re.Pattern[str]
    line: str


class KnownHosts(HostKeys):
    """What known_hosts files say, found by name."""

    def __init__(self, filename: str | None = None) -> None:
        self._named: dict[str, list[str]] = {}
        self._hashed: list[_Hashed] = []
        self._patterns: list[_Pattern] = []
        self._revoked: set[str] = set()
        super().__init__(filename)

    def load(self, filename: Any) -> None:
        """Read a file; what makes no sense in it is passed over, as ssh does."""
        with open(filename, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - as pyinfra calls it
            for raw in file:
                line = raw.strip()
                fields = _BLANKS.split(line)
                if fields[0] == "@revoked" and len(fields) > 3:
                    self._revoked.add(fields[3])
                elif len(fields) > 2 and line[0] not in "#@":
                    self._add(fields[0], line)

    def _add(self, names: str, line: str) -> None:
        if any(sign in names for sign in "*?!"):
            every = names.split(",")
            excepted = [name[1:] for name in every if name.startswith("!")]
            self._patterns.append(_Pattern(_any([n for n in every if n[0] != "!"]), _any(excepted), line))
        elif hashed := _HASHED.fullmatch(names):
            self._hashed.append(_Hashed(b64decode(hashed["salt"]), b64decode(hashed["digest"]), line))
        else:
            for name in names.split(","):
                self._named.setdefault(name, []).append(line)

    def lookup(self, hostname: str) -> Any:
        """Return the keys of a host by their kind, None where nobody knows one."""
        name = hostname.encode()
        lines = [
            *self._named.get(hostname, ()),
            *(one.line for one in self._hashed if hmac.digest(one.salt, name, "sha1") == one.digest),
            *(
                one.line
                for one in self._patterns
                if one.wanted.fullmatch(hostname) and not one.excepted.fullmatch(hostname)
            ),
        ]
        few = HostKeys()
        for line in lines:
            kind, key = _BLANKS.split(line)[1:3]
            if key not in self._revoked and (entry := _entry(f"{hostname} {kind} {key}")):
                few._entries.append(entry)  # type: ignore[attr-defined] # `add` takes no line
        return few.lookup(hostname)


def _entry(line: str) -> HostKeyEntry | None:
    """Return a line as paramiko reads it; None for a key of a kind that it does not speak."""
    try:
        return HostKeyEntry.from_line(line)
    except SSHException:
        return None


def _any(names: list[str]) -> re.Pattern[str]:
    """Return what matches any of the patterns, in ssh's way: `[` is a letter as any other.

    >>> bool(_any(["[10.0.0.*]:2222"]).fullmatch("[10.0.0.7]:2222"))
    True
    """
    written = [re.escape(name).replace(r"\*", ".*").replace(r"\?", ".") for name in names]
    return re.compile("|".join(written) or r"(?!)")
