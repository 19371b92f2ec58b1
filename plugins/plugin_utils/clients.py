"""The clients of a gateway and the hashes of their keys: what would spoil the map by which they are known."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
MOST = 1_000_000  # requests in 60 seconds


def refusals(clients: Mapping[str, Any]) -> list[Refusal]:
    """Return all that is wrong with C(gateway_keys); no key that somebody pasted is said back.

    >>> refusals({"ann": {}})
    [Refusal("gateway_keys.ann", "has no sha256 of a key", …)]
    """
    owners: dict[str, str] = {}
    return [refusal for name, client in clients.items() for refusal in _of(name, client, owners)]


def _of(name: Any, client: Any, owners: dict[str, str]) -> Iterator[Refusal]:
    place = f"gateway_keys.{name}"
    if not NAME.fullmatch(str(name)):
        yield Refusal(
            place,
            "is no name for a client",
            id="client-name-invalid",
            expected="letters, digits and . _ -, 63 at most, a letter or digit first",
        )
    if not isinstance(client, Mapping):
        client = {}
    yield from _key(place, name, client.get("sha256"), owners)
    rate = client.get("rate", 1)
    if not isinstance(rate, int) or isinstance(rate, bool) or not 1 <= rate <= MOST:
        yield Refusal(
            place, f"its rate is {rate!r}", id="client-rate-invalid", expected="requests in 60 seconds, 1 at least"
        )
    before = client.get("previous") or []
    if not isinstance(before, list) or not all(isinstance(old, Mapping) for old in before):
        yield Refusal(
            f"{place}.previous",
            "is no list of old keys",
            id="previous-keys-malformed",
            expected="[{sha256: …, until: …}], or nothing",
        )
        return
    for number, old in enumerate(before):
        yield from _key(f"{place}.previous[{number}]", name, old.get("sha256"), owners)
        yield from _day(f"{place}.previous[{number}]", old.get("until"))


def _key(place: str, name: Any, given: Any, owners: dict[str, str]) -> Iterator[Refusal]:
    digest = "" if given is None else str(given).lower()
    if not SHA256.fullmatch(digest):
        blank = len(digest.split()) != 1 or digest != digest.strip()
        said = "its sha256 has a blank or a line break in it" if digest.strip() and blank else "has no sha256 of a key"
        remedy = f"remove the client's lines, then: llamakeep key add {name} -i …"
        yield Refusal(place, said, id="key-hash-invalid", expected="64 hexadecimal digits", remedy=remedy)
    elif owners.setdefault(digest, name) != name:
        remedy = f"remove the lines of {name}, then: llamakeep key add {name} -i …"
        yield Refusal(
            place,
            f"has the same key as {owners[digest]}",
            id="key-shared",
            expected="a key for each client",
            remedy=remedy,
        )


def _day(place: str, given: Any) -> Iterator[Refusal]:
    try:
        datetime.datetime.strptime(str(given), "%Y-%m-%d")  # a day that YAML has read as one is written so, too
    except ValueError:
        said = "has no day on which it ends" if given is None else f"its until is {str(given)[:40]!r}"
        remedy = "write its last day, or remove the old key: it opens nothing then"
        yield Refusal(
            place,
            said,
            id="key-end-date-invalid",
            expected='a day in quotes, such as until: "2026-11-29"',
            remedy=remedy,
        )
