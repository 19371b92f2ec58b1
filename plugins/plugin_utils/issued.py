"""What a CA has issued and revoked, kept in the form of OpenSSL's own index of a CA (`index.txt`, openssl-ca(1))."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

_FORM = "%y%m%d%H%M%SZ"
_UTC = datetime.timezone.utc


class Issued(NamedTuple):
    """One certificate."""

    name: str
    serial: int
    ends: datetime.datetime
    revoked: datetime.datetime | None = None


def read(path: Path) -> list[Issued]:
    """Return what an index says, in the order in which it was issued; nothing where there is none.

    >>> read(Path("inventories/office/.ca/hosts/index.txt"))
    [Issued(name='llm1', serial=0x3f9c…, ends=datetime(2027, 11, 30, …), revoked=None)]
    """
    try:
        text = path.read_text(encoding="ascii")
        return [_one(line) for line in text.splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise Refusal(
            str(path),
            f"cannot be read: {error}",
            id="ca-index-unreadable",
            expected="the index of a CA, as OpenSSL keeps it",
            remedy="take it from version control",
        ) from error


def _one(line: str) -> Issued:
    _, ends, revoked, serial, _, name = line.split("\t")
    since = _moment(revoked.partition(",")[0]) if revoked else None
    return Issued(name.removeprefix("/CN="), int(serial, 16), _moment(ends), since)


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, _FORM).replace(tzinfo=_UTC)


def line(one: Issued) -> str:
    """Return one certificate as the index has it.

    >>> line(Issued("llm1", 0x3F, datetime.datetime(2027, 11, 30, tzinfo=datetime.timezone.utc)))
    'V\\t271130000000Z\\t\\t3F\\tunknown\\t/CN=llm1\\n'
    """
    serial = f"{one.serial:X}"
    revoked = one.revoked.strftime(_FORM) if one.revoked else ""
    state = "R" if one.revoked else "V"
    return "\t".join([state, one.ends.strftime(_FORM), revoked, serial.zfill(len(serial) + len(serial) % 2), "unknown",
                      f"/CN={one.name}"]) + "\n"  # fmt: skip


def is_live(name: str, issued: Iterable[Issued], moment: datetime.datetime) -> bool:
    """Tell whether somebody has a certificate that is neither revoked nor over."""
    return any(one.name == name and one.revoked is None and one.ends > moment for one in issued)


def is_shut(name: str, issued: Sequence[Issued]) -> bool:
    """Tell whether the newest certificate of somebody was revoked, and none was issued since."""
    newest = next((one for one in reversed(issued) if one.name == name), None)
    return newest is not None and newest.revoked is not None
