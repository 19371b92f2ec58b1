"""The root's files, by the collection's own hand: what a playbook makes and what a verb makes is the same."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import (
    ca_files,
    ca_place,
    internal_ca,
    leaf_certificate,
)

from llamakeep.ca.root import Root
from llamakeep.errors import Refusal


def obtain(folder: Path, domains: Callable[[], Iterable[str]]) -> Root:
    """Return the root that is kept beside the inventory in `folder`; made for `domains` where there is none."""
    place = folder / ca_place.FOLDER
    found = ca_files.read(place)
    if found is not None:
        return _described(place, found)
    made, is_new = ca_files.obtain(place, leaf_certificate.names(domains()))
    return _described(place, made, made=is_new)


def renew(folder: Path, domains: Iterable[str], *, new_key: bool) -> Root:
    """Replace the root by one that begins today; one with the same key stands in for it everywhere."""
    place = folder / ca_place.FOLDER
    if new_key:
        made = internal_ca.make(leaf_certificate.names(domains), internal_ca.now())
        ca_files.write(place, made)
        return _described(place, made, made=True)
    before = ca_files.read(place)
    if before is None:
        raise Refusal(str(place), "there is no internal CA yet", id="ca-missing", remedy="llamakeep ca show makes it")
    if before.key is None:
        remedy = f"{ca_files.PASSPHRASE}, or ansible-vault decrypt; another key in its place: --new-key"
        found = "is not here" if kept_key(place) == "elsewhere" else "is sealed"
        raise Refusal(
            str(place / ca_place.KEY),
            found,
            id="ca-key-unavailable",
            expected="the key of the present root",
            remedy=remedy,
        )
    made = internal_ca.make(leaf_certificate.names(domains), internal_ca.now(), before.key)
    ca_files.write_certificate(place, made)
    return _described(place, made, made=True)


def _described(place: Path, found: Any, *, made: bool = False) -> Root:
    left = found.ends - internal_ca.now()
    return Root(
        path=str(place / ca_place.CERTIFICATE),
        name=found.certificate.subject.rfc4514_string().removeprefix("CN="),
        fingerprint=internal_ca.fingerprint(found.certificate),
        begins=f"{found.certificate.not_valid_before_utc:%Y-%m-%d}",
        ends=f"{found.ends:%Y-%m-%d}",
        days_left=left.days,
        domains=tuple(found.domains()),
        certificate=internal_ca.pem(found.certificate),
        key=kept_key(place),
        made=made,
        findings=(_ending(left.days),) if left < internal_ca.SOON else (),
    )


def _ending(days: int) -> str:
    if days < 0:
        return "it has ended: no client trusts it"
    return f"it ends in {days} days: clients need the next one before"


def kept_key(place: Path) -> Literal["here", "sealed", "elsewhere"]:
    """Tell whether the key of the root in a folder is beside it, and open."""
    try:
        first = (place / ca_place.KEY).read_bytes().partition(b"\n")[0]
    except FileNotFoundError:
        return "elsewhere"
    return "sealed" if first.startswith(ca_files.VAULT) or b"ENCRYPTED" in first else "here"
