"""The root of the internal CA as files beside the inventory: kept, read, and refused where it is not safe."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.ca_place import CERTIFICATE, HOSTS, KEY
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.internal_ca import Authority, make, now, pem
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PASSPHRASE = "LLAMAKEEP_CA_PASSPHRASE"  # noqa: S105 - the variable that holds it
VAULT = b"$ANSIBLE_VAULT"

_IGNORED = """\
# The key of the root stays with its operator; with it anybody could pass for a host of the fleet. One that was sealed
# by `ansible-vault encrypt` may be kept under version control: git add --force.
root.key
.root.*
"""


def obtain(
    folder: Path, domains: Iterable[str], unseal: Callable[[Path], bytes] | None = None, *, keep: bool = True
) -> tuple[Authority, bool]:
    """Return the root that lies in `folder`, and whether it was made just now, because there was none.

    With `keep` false a new one is not written: for a run that only looks.
    """
    with alone(folder.parent):
        found = read(folder, unseal)
        if found is not None:
            return found, False
        # A key whose certificate was lost is as good as ever: what it signs, holders of the old one believe.
        left = _left(folder / KEY, unseal) if (folder / KEY).exists() else None
        made = make(_some(domains), now(), left)
        if keep:
            (write_certificate if left else write)(folder, made)
        return made, True


def _left(path: Path, unseal: Callable[[Path], bytes] | None) -> Any:
    key = _key(path, unseal)
    if key is None:
        remedy = (
            f"bring {CERTIFICATE} back from version control, or open the key: {PASSPHRASE}, or the vault's password"
        )
        raise Refusal(
            str(path),
            f"is sealed, and {CERTIFICATE} is not beside it",
            id="ca-certificate-missing-beside-key",
            expected="both files of the root",
            remedy=remedy,
        )
    return key


def _some(domains: Iterable[str]) -> list[str]:
    found = [domain for domain in domains if domain]
    if not found:
        expected = "a domain for which the internal CA may vouch"
        raise Refusal(
            "gateway_domain",
            "is not set",
            id="gateway-domain-unset",
            expected=expected,
            remedy="set it, such as gateway_domain: example.org",
        )
    return found


def read(folder: Path, unseal: Callable[[Path], bytes] | None = None) -> Authority | None:
    """Return the root that lies in `folder`, None where there is none.

    `unseal` returns what a vaulted file holds; without it the key in one stays where it is, as one does that is not
    here at all. Raises Refusal for a key that others can read, and for one that does not fit the certificate.
    """
    path = folder / CERTIFICATE
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "it holds no certificate in PEM"
        remedy = f"take it from version control, or make another: {_another(folder)}"
        raise Refusal(
            str(path),
            f"cannot be read: {said}",
            id="ca-certificate-unreadable",
            expected="the root of the internal CA",
            remedy=remedy,
        ) from error
    if not _is_root(certificate):
        raise Refusal(
            str(path),
            "is no root: it may sign no certificate",
            id="ca-certificate-not-a-ca",
            expected="a certificate with CA:TRUE",
        )
    key = _key(folder / KEY, unseal)
    if key is not None and key.public_key() != certificate.public_key():
        remedy = f"take the two that belong together from a backup, or make others: {_another(folder)}"
        raise Refusal(
            str(folder / KEY),
            f"does not fit {path}",
            id="ca-key-mismatch",
            expected="the key that signed it",
            remedy=remedy,
        )
    return Authority(certificate, key)


def _another(folder: Path) -> str:
    """Return the command that makes another root with another key: of two CAs, the one that lies in the folder."""
    return f"llamakeep ca renew {'--hosts' if folder.name == HOSTS else '--new-key'}"


def _is_root(certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(certificate)
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False


def _key(path: Path, unseal: Callable[[Path], bytes] | None) -> Any:
    """Return the private key in a file; None where it is not here, or in a vault that stays closed."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refusal(
            str(path), f"cannot be read: {error.strerror}", id="ca-key-unreadable", remedy="as its owner"
        ) from error
    if content.startswith(VAULT):
        if unseal is None:
            return None
        content = unseal(path)
    elif b"ENCRYPTED" not in content.partition(b"\n")[0]:
        _refuse_open(path)
    passphrase = os.environ.get(PASSPHRASE)
    try:
        key = serialization.load_pem_private_key(content, None)
    except TypeError:
        key = _with_passphrase(path, content, passphrase)
    except ValueError as error:
        raise Refusal(
            str(path), "holds no private key in PEM", id="ca-key-malformed", remedy="take it from a backup"
        ) from error
    if key is not None and not isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
        raise Refusal(
            str(path), "is a key of another kind", id="ca-key-kind-unsupported", expected="an EC or an RSA key"
        )
    return key


def _with_passphrase(path: Path, content: bytes, passphrase: str | None) -> Any:
    if not passphrase:
        return None
    try:
        return serialization.load_pem_private_key(content, passphrase.encode())
    except ValueError as error:
        raise Refusal(
            str(path),
            f"{PASSPHRASE} does not open it",
            id="ca-passphrase-wrong",
            expected="the passphrase that it was made with",
        ) from error


def _refuse_open(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        remedy = f"chmod 600 {path}; where somebody may have read it: {_another(path.parent)}"
        raise Refusal(
            str(path),
            f"can be read by others: its mode is {mode:04o}",
            id="ca-key-readable-by-others",
            expected="0600",
            remedy=remedy,
        )


def write(folder: Path, authority: Authority) -> None:
    """Keep a root in `folder`: the certificate for everybody, the key for its owner, and the latter out of git."""
    passphrase = os.environ.get(PASSPHRASE)
    sealing = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    try:
        folder.mkdir(exist_ok=True)
        if not (folder / ".gitignore").exists():
            replace(folder / ".gitignore", _IGNORED.encode(), 0o644)
        if authority.key is not None:
            form = serialization.PrivateFormat.PKCS8
            pem = authority.key.private_bytes(serialization.Encoding.PEM, form, sealing)
            replace(folder / KEY, pem, 0o600)
        write_certificate(folder, authority)
    except OSError as error:
        raise Refusal(str(folder), f"cannot be written: {error.strerror}", id="ca-folder-not-writable") from error


def write_certificate(folder: Path, authority: Authority) -> None:
    """Keep a root's certificate in `folder`, beside the key that stays as it is."""
    try:
        replace(folder / CERTIFICATE, pem(authority.certificate).encode(), 0o644)
    except OSError as error:
        raise Refusal(str(folder), f"cannot be written: {error.strerror}", id="ca-folder-not-writable") from error


def replace(path: Path, content: bytes, mode: int) -> None:
    """Put a file into its place at once, whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".root.")  # 0600 from its first byte on
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time look and make: several gateways are converged at once."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise Refusal(
            str(folder),
            f"cannot be read: {error.strerror}",
            id="ca-folder-unreadable",
            expected="the folder of the inventory",
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
