"""By which name the hosts of a fleet know each other: the one that a host's certificate bears."""

from __future__ import annotations

import hashlib
import re

LONGEST = 63  # characters: a common name has 64 (RFC 5280), a label of what Python's ssl asks for one less

_LABEL = "[A-Za-z0-9_:-]+"
_PLAIN = re.compile(rf"(?=.{{1,{LONGEST}}}$){_LABEL}(\.{_LABEL})*")


def identity(host: str) -> str:
    """Return the name that a host's certificate bears: its name in the inventory, where a certificate can bear that.

    >>> identity("gpu01.example.org"), identity("gpu 1")
    ('gpu01.example.org', 'gpu-1~ab3f…')
    """
    if _PLAIN.fullmatch(host):
        return host
    digest = hashlib.sha256(host.encode()).hexdigest()[:16]
    return f"{re.sub('[^A-Za-z0-9._-]', '-', host)[: LONGEST - len(digest) - 1]}~{digest}"
