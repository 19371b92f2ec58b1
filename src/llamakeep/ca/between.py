"""The CA between hosts, on the operator's side: shown, replaced, and told whom it no longer vouches for."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import (
    ca_files,
    ca_place,
    hosts_ca,
    hosts_ca_files,
    hosts_place,
    internal_ca,
    issued,
)

from llamakeep.ca.keeping import kept_key
from llamakeep.ca.record import Certificate, HostsRoot
from llamakeep.errors import Refusal

Unseal = Callable[[Path], bytes]


def place(inventory: Path) -> Path:
    """Return where the CA between the hosts of an inventory in a folder lies, or would."""
    return inventory / ca_place.FOLDER / hosts_place.FOLDER


def show(inventory: Path) -> HostsRoot:
    """Return the CA between hosts, or refuse where no run has made one."""
    return _described(place(inventory), _present(place(inventory)))


def found(inventory: Path) -> HostsRoot | None:
    """Return the CA between hosts; None where no run has made one."""
    return show(inventory) if (place(inventory) / ca_place.CERTIFICATE).exists() else None


def renew(inventory: Path) -> HostsRoot:
    """Put another root in the place of the present one; for one run both are trusted."""
    folder = place(inventory)
    _refuse_missing(folder)
    made = hosts_ca.make(internal_ca.now())
    hosts_ca_files.replace_root(folder, made)
    return _described(folder, made)


def revoke(inventory: Path, name: str) -> tuple[Certificate, ...]:
    """Revoke every certificate of a host or a program that is in force."""
    folder = place(inventory)
    ca = opened(folder)
    ended = hosts_ca_files.revoke(folder, ca, name, internal_ca.now())
    if not ended:
        hosts_ca_files.refuse_under_way(folder)  # what the root before issued is in force until it has gone
        known = sorted({one.name for one in issued.read(folder / hosts_place.INDEX) if one.revoked is None})
        raise Refusal(
            name,
            "has no certificate that is in force",
            id="certificate-not-issued",
            expected=f"one of {', '.join(known)}" if known else "somebody who has one: nobody has",
        )
    return tuple(_certificate(one) for one in ended)


def issue(inventory: Path, name: str) -> tuple[str, str]:
    """Return a new key with its certificate for a program, and the roots that it trusts, both in PEM."""
    folder = place(inventory)
    ca, _ = hosts_ca_files.obtain(folder, _unsealed)
    text = hosts_ca_files.issue(folder, _refused_without_key(folder, ca), name, internal_ca.now())
    return text, hosts_ca_files.trust(folder).roots


def opened(folder: Path) -> Any:
    """Return the CA with its key, or refuse where that is not here or stays closed."""
    return _refused_without_key(folder, _present(folder, _unsealed))


def _refused_without_key(folder: Path, ca: Any) -> Any:
    if ca.key is None:
        raise Refusal(
            str(folder / ca_place.KEY),
            "is not here" if kept_key(folder) == "elsewhere" else "is sealed",
            id="ca-key-unavailable",
            expected="the key of the CA between hosts",
            remedy=f"--vault-password-file FILE, {ca_files.PASSPHRASE}, or its operator, who has the key",
        )
    return ca


def _present(folder: Path, unseal: Unseal | None = None) -> Any:
    _refuse_missing(folder)
    return ca_files.read(folder, unseal)


def _refuse_missing(folder: Path) -> None:
    if not (folder / ca_place.CERTIFICATE).exists():
        raise Refusal(
            str(folder),
            "there is no CA between hosts yet",
            id="ca-missing",
            remedy="llamakeep up makes it, where a host speaks to another one",
        )


def _unsealed(path: Path) -> bytes:
    """Return what Ansible's vault holds in a file, as its configuration opens it; nobody is asked for a password."""
    program = Path(sys.executable).with_name("ansible-vault")
    environment = {**os.environ, "PAGER": "cat"}
    said = subprocess.run(
        [program, "view", path], stdin=subprocess.DEVNULL, capture_output=True, check=False, env=environment
    )
    if said.returncode:
        words = said.stderr.decode(errors="replace").strip().splitlines()
        raise Refusal(
            str(path),
            f"stays closed: {words[-1] if words else 'ansible-vault failed'}",
            id="ca-key-sealed",
            remedy="--vault-password-file FILE, or vault_password_file in ansible.cfg",
        )
    return said.stdout


def _described(folder: Path, ca: Any) -> HostsRoot:
    every = issued.read(folder / hosts_place.INDEX)
    moment = internal_ca.now()
    live = {one.name: one for one in every if one.revoked is None and one.ends > moment}  # of each its newest
    return HostsRoot(
        path=str(folder / ca_place.CERTIFICATE),
        name=ca.certificate.subject.rfc4514_string().removeprefix("CN="),
        fingerprint=internal_ca.fingerprint(ca.certificate),
        begins=f"{ca.certificate.not_valid_before_utc:%Y-%m-%d}",
        ends=f"{ca.ends:%Y-%m-%d}",
        certificate=internal_ca.pem(ca.certificate),
        key=kept_key(folder),
        replaces=(folder / hosts_place.PREVIOUS).exists(),
        issued=tuple(_certificate(one) for one in sorted(live.values(), key=lambda one: (one.ends, one.name))),
        revoked=tuple(dict.fromkeys(one.name for one in every if issued.is_shut(one.name, every))),
    )


def _certificate(one: issued.Issued) -> Certificate:
    return Certificate(name=one.name, serial=f"{one.serial:X}", ends=f"{one.ends:%Y-%m-%d}")
