"""By which name the hosts of a fleet know each other: the one that a host's certificate bears."""

from __future__ import annotations

import hashlib
import re

LONGEST = 64  # characters of a common name (RFC 5280, ub-common-name)

_PLAIN = re.compile(rf"[A-Za-z0-9._:-]{{1,{LONGEST}}}")


def identity(host: str) -> str:
    """Return the name that a host's certificate bears: its name in the inventory, where a certificate can bear that.

    >>> identity("gpu01.example.org"), identity("gpu 1")
    ('gpu01.example.org', 'gpu-1~ab3f…')
    """
    if _PLAIN.fullmatch(host):
        return host
    digest = hashlib.sha256(host.encode()).hexdigest()[:16]
    return f"{re.sub('[^A-Za-z0-9._-]', '-', host)[: LONGEST - len(digest) - 1]}~{digest}"
