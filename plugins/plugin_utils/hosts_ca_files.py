"""The CA between hosts as files beside the inventory: its root, what it issued, and who trusts which root at present.

`.ca/hosts/` holds `root.crt` and `root.key`, the list of revoked certificates `root.crl`, and `index.txt`. While
another root takes over, the one before is there as `previous.crt` and `previous.crl`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ca_files, hosts_ca, issued
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.ca_place import CERTIFICATE, KEY
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.hosts_place import INDEX, LIST, PREVIOUS, PREVIOUS_LIST
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.internal_ca import Authority, now, pem
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.mutual_tls import RENEWED
from cryptography import x509

Unseal = Callable[[Path], bytes]


class Trust(NamedTuple):
    """What a host is told of the CA: whom it trusts, and whom no longer."""

    roots: str  # certificates in PEM: the present root, and the one before while that one is still trusted
    revoked: str  # lists in PEM, one of each root
    previous: bool  # whether there are two


def obtain(folder: Path, unseal: Unseal | None = None, *, keep: bool = True) -> tuple[Authority, bool]:
    """Return the root that lies in `folder`, and whether it was made just now, because there was none.

    With `keep` false a new one is not written: for a run that only looks.
    """
    found = ca_files.read(folder, unseal)
    if found is not None:
        return found, False
    if not keep:
        return hosts_ca.make(now()), True
    _make_place(folder.parent)
    with ca_files.alone(folder.parent):
        found = ca_files.read(folder, unseal)
        if found is not None:
            return found, False
        _refuse_without_certificate(folder)
        made = hosts_ca.make(now())
        write(folder, made)
        return made, True


def _refuse_without_certificate(folder: Path) -> None:
    """Refuse to make another root where one was lost: the hosts trust that one, and no other."""
    if (folder / KEY).exists():
        raise Refusal(
            str(folder / KEY),
            f"is here, and {CERTIFICATE} is not beside it",
            id="hosts-ca-certificate-missing",
            expected="both files of the root",
            remedy=f"bring {CERTIFICATE} back from version control, or take {folder} away to begin anew",
        )


def _make_place(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise Refusal(str(folder), f"cannot be written: {error.strerror}", id="ca-folder-not-writable") from error


def write(folder: Path, made: Authority) -> None:
    """Keep a new root: its certificate last, as it is what others look for."""
    _make_place(folder)
    ca_files.replace(folder / INDEX, b"", 0o644)
    ca_files.replace(folder / LIST, hosts_ca.revocations(made, [], now()).encode(), 0o644)
    ca_files.write(folder, made)


def trust(folder: Path, made: Authority | None = None) -> Trust:
    """Return whom hosts trust; `made` is a root that is not kept, for a run that only looks."""
    if made is not None:
        return Trust(pem(made.certificate), hosts_ca.revocations(made, [], now()), previous=False)
    _revoked(folder)  # refuses a list that no door could read
    roots, lists = [_text(folder / CERTIFICATE)], [_text(folder / LIST)]
    previous = (folder / PREVIOUS).exists()
    if previous:
        roots.append(_text(folder / PREVIOUS))
        lists.append(_text(folder / PREVIOUS_LIST))
    return Trust("".join(roots), "".join(lists), previous)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").rstrip("\n") + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(
            str(path),
            f"cannot be read: {error}",
            id="file-unreadable",
            expected="a part of the CA between hosts",
            remedy="take it from version control, or begin anew: llamakeep ca renew --hosts",
        ) from error


def certificate(
    folder: Path, host: str, present: str, moment: datetime.datetime, unseal: Unseal | None, *, keep: bool
) -> tuple[str, str]:
    """Return a host's key and certificate, and why they are others than the present ones; empty where they are not.

    A certificate that could be bettered, and not now, because the key of the root is not here, serves on.
    """
    ca, _ = obtain(folder, keep=keep)
    revoked = _revoked(folder)
    why = hosts_ca.fault(present, ca.certificate, host, revoked, moment) or _unknown(present, folder)
    if not why:
        return present.rstrip("\n") + "\n", ""
    if ca.key is None:
        try:
            ca = ca_files.read(folder, unseal) or ca
        except Refusal:
            if not _serves(present, folder, host, revoked, moment):
                raise
    if ca.key is None:
        if _serves(present, folder, host, revoked, moment):
            return present.rstrip("\n") + "\n", ""
        raise Refusal(
            str(folder / KEY),
            "is not here, is in a vault that stays closed, or has a passphrase that nobody gave",
            id="ca-key-unavailable",
            expected=f"the key of the CA between hosts: {host} needs a certificate, as {why}",
            remedy="have its operator run this, or bring the key; LLAMAKEEP_CA_PASSPHRASE opens one with a passphrase",
        )
    return issue(folder, ca, host, moment, keep=keep), why


def _unknown(present: str, folder: Path) -> str:
    """Return that a certificate does not stand in the index, where nobody could revoke it; empty: it does."""
    serial: int = x509.load_pem_x509_certificate(present.encode()).serial_number
    known = any(one.serial == serial for one in issued.read(folder / INDEX))
    return "" if known else "it does not stand in the index of what was issued"


def trusted(folder: Path, host: str, present: str, moment: datetime.datetime) -> str:
    """Return a host's present key and certificate where the others take it still; empty where they do not.

    While another root takes over, no host may show a certificate that a host before its turn would refuse.
    """
    if ca_files.read(folder) is None:
        return ""
    revoked = _revoked(folder)
    return present.rstrip("\n") + "\n" if _serves(present, folder, host, revoked, moment) else ""


def _revoked(folder: Path) -> list[int]:
    """Return the serial numbers on the lists of revoked certificates: of the present root, and of the one before."""
    found: list[int] = []
    for path in (folder / LIST, folder / PREVIOUS_LIST):
        if path.exists():
            found += [one.serial_number for one in _list(path)]
    return found


def _list(path: Path) -> x509.CertificateRevocationList:
    """Return a list of revoked certificates, or refuse what is none: with it no door would come up."""
    try:
        return x509.load_pem_x509_crl(_text(path).encode())
    except ValueError as error:
        raise Refusal(
            str(path),
            "holds no list of revoked certificates in PEM",
            id="ca-list-malformed",
            expected="what llamakeep wrote there",
            remedy="take it from version control, or begin anew: llamakeep ca renew --hosts",
        ) from error


def _serves(present: str, folder: Path, host: str, revoked: Iterable[int], moment: datetime.datetime) -> bool:
    """Tell whether the others take a certificate still, whichever root of those that they trust signed it."""
    later = moment - RENEWED  # at which its time would not yet be short
    roots = x509.load_pem_x509_certificates(trust(folder).roots.encode())
    alive = not hosts_ca.has_ended(present, moment)
    return alive and any(not hosts_ca.fault(present, root, host, revoked, later) for root in roots)


def issue(folder: Path, ca: Authority, host: str, moment: datetime.datetime, *, keep: bool = True) -> str:
    """Return a new key and certificate for a host, entered in the index."""
    refuse_ended(folder, ca, moment)
    text, certificate = hosts_ca.issue(ca, host, moment)
    if keep:
        one = issued.Issued(identity(host), certificate.serial_number, certificate.not_valid_after_utc)
        with ca_files.alone(folder):
            _refuse_alike(one.name, issued.read(folder / INDEX), moment)
            _append(folder / INDEX, issued.line(one))
    return text


def _refuse_alike(name: str, every: list[issued.Issued], moment: datetime.datetime) -> None:
    """Refuse a name that clients could not tell from another one: they compare without case."""
    alike = next((one.name for one in every if one.name != name and one.name.lower() == name.lower()), "")
    if alike and issued.is_live(alike, every, moment):
        raise Refusal(
            name,
            f"differs from {alike} in case alone, and whoever verifies a certificate compares without case",
            id="host-names-alike",
            expected="names that differ in more than that",
            remedy=f"give one of them another name; where {alike} is gone: llamakeep ca revoke {alike}",
        )


def refuse_ended(folder: Path, ca: Authority, moment: datetime.datetime) -> None:
    """Refuse to sign by a root that has ended."""
    if ca.ends <= moment:
        raise Refusal(
            str(folder / CERTIFICATE),
            f"the CA between hosts ended on {ca.ends:%Y-%m-%d}",
            id="hosts-ca-expired",
            remedy="llamakeep ca renew --hosts -i INVENTORY, then llamakeep up",
        )


def _append(path: Path, line: str) -> None:
    try:
        with path.open("a", encoding="ascii") as file:
            file.write(line)
    except OSError as error:
        raise Refusal(str(path), f"cannot be written: {error.strerror}", id="ca-folder-not-writable") from error


def revoke(folder: Path, ca: Authority, host: str, moment: datetime.datetime) -> list[issued.Issued]:
    """Revoke every certificate of a name that is in force; returns those."""
    if ca.key is None:
        raise Refusal(
            str(folder / KEY), "is not here, or sealed", id="ca-key-unavailable", expected="the key of the root"
        )
    with ca_files.alone(folder):
        every = issued.read(folder / INDEX)
        name = identity(host)
        ended = [one for one in every if one.name == name and one.revoked is None and one.ends > moment]
        every = [one._replace(revoked=moment) if one in ended else one for one in every]
        text = "".join(issued.line(one) for one in every)
        serials = {one.serial_number: one.revocation_date_utc for one in _list(folder / LIST)}
        serials |= {one.serial: one.revoked for one in every if one.revoked}
        listed = hosts_ca.revocations(ca, serials.items(), moment)
        # The index first: the list is drawn from both.
        ca_files.replace(folder / INDEX, text.encode(), 0o644)
        ca_files.replace(folder / LIST, listed.encode(), 0o644)
    return ended


def replace_root(folder: Path, made: Authority) -> None:
    """Put another root in the place of the present one, which is trusted beside it until each has another leaf."""
    with ca_files.alone(folder):
        refuse_under_way(folder)
        # Copies, and the present root to the end: whoever is cut begins again, with the copies that there are, for the
        # list may be the new root's by then. Without its list a root vouches for nobody: HAProxy asks for that of each.
        if (folder / LIST).exists() and not (folder / PREVIOUS).exists():
            ca_files.replace(folder / PREVIOUS_LIST, (folder / LIST).read_bytes(), 0o644)
            ca_files.replace(folder / PREVIOUS, (folder / CERTIFICATE).read_bytes(), 0o644)
        write(folder, made)


def refuse_under_way(folder: Path) -> None:
    """Refuse while the root before is still trusted."""
    previous = folder / PREVIOUS
    if previous.exists() and previous.read_bytes() != (folder / CERTIFICATE).read_bytes():
        raise Refusal(
            str(previous),
            "the root before has not gone yet: some hosts have no certificate from the present one",
            id="ca-replacement-under-way",
            expected="a fleet that trusts one root",
            remedy="llamakeep up, until every host has a certificate from the present one; then this again",
        )


def drop_previous(folder: Path, hosts: Iterable[str], moment: datetime.datetime) -> list[str]:
    """Stop trusting the root before, if each host has a certificate from the present one; return who has not."""
    every = issued.read(folder / INDEX)
    missing = [host for host in hosts if not issued.is_live(identity(host), every, moment)]
    if not missing:
        with ca_files.alone(folder):
            (folder / PREVIOUS).unlink(missing_ok=True)
            (folder / PREVIOUS_LIST).unlink(missing_ok=True)
    return missing
