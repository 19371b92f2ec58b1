"""A host whose certificate and whose doors are as they should be, and what can be wrong with them."""

import datetime
from typing import Any

from healthy import KIT, evidence, host

from llamakeep.services.mutual_tls.verified.host import TlsHost
from llamakeep.services.mutual_tls.wanted import WantedTls

TLS = WantedTls(name="llm1")
DOOR = {"address": "192.0.2.11", "port": 11434, "shown": "", "without": "", "plain": ""}
LOOK: dict[str, Any] = {
    "ends": (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=300)).isoformat(),
    "readers": "root:llamakeep-tls 0640",
    "doors": [DOOR],
}
OTHER = {**DOOR, "address": "2001:db8::11"}
BROKEN_TLS = [
    ("certificate", {"ends": "2026-01-02T00:00:00+00:00"}, "it ended on 2026-01-02; expected: one that is valid"),
    ("certificate", {"readers": "root:root 0644"}, "its key is for root:root 0644; expected: root:llamakeep-tls 0640"),
    (
        "doors_show_themselves",
        {"doors": [DOOR, {**OTHER, "shown": "certificate has expired"}]},
        r"\[2001:db8::11\]:11434: certificate has expired; expected: the certificate of llm1",
    ),
    (
        "nothing_without_a_certificate",
        {"doors": [DOOR, {**OTHER, "without": "HTTP/1.1 200 OK"}]},
        r"\[2001:db8::11\]:11434 answers without a certificate: 'HTTP/1.1 200 OK'",
    ),
    (
        "nothing_without_a_certificate",
        {"doors": [{**DOOR, "plain": "HTTP/1.0 200 OK"}]},
        r"192\.0\.2\.11:11434 answers without TLS: 'HTTP/1.0 200 OK'",
    ),
]


def verified_tls(wanted: dict[str, Any] | None = None, **changes: Any) -> TlsHost:
    """Return the host with changes to what was seen of its certificate and its doors."""
    held = host(mutual_tls=TLS.model_copy(update=wanted or {}))
    seen = evidence(services={"mutual_tls": LOOK | changes})
    return TlsHost(held, held.must_have(WantedTls), seen, "nonce", KIT)
