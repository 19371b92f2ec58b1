"""The hash of an nft table is that of its rules, whatever packets have passed."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt

# As nft 1.1.3 lists it.
EMPTY = b"""table inet llamakeep {
\tset ollama_api_ipv4 {
\t\ttype ipv4_addr
\t\tflags interval
\t\telements = { 192.0.2.5, 192.0.2.7 }
\t}

\tset shares {
\t\ttype uid . inet_service
\t\tsize 65535
\t\tflags dynamic
\t}

\tchain shares {
\t\ttype filter hook output priority filter; policy accept;
\t\toif != "lo" accept
\t\ttcp dport 11434 ct state new add @shares { meta skuid . tcp dport ct count over 1024 } reject with tcp reset
\t}
}
"""
FILLED = EMPTY.replace(
    b"\t\tflags dynamic\n",
    b"\t\tflags dynamic\n"
    b"\t\telements = { 65534 . 11434 ct count over 1024,\n\t\t\t     1000 . 11434 ct count over 1024 }\n",
)


def test_what_packets_fill_does_not_count():
    assert receipt._standing(FILLED) == receipt._standing(EMPTY) == EMPTY


@pytest.mark.parametrize(
    ("was", "now"), [(b"192.0.2.7", b"192.0.2.8"), (b"over 1024", b"over 4096"), (b"flags dynamic", b"flags timeout")]
)
def test_what_somebody_changed_does(was, now):
    assert receipt._standing(FILLED.replace(was, now)) != receipt._standing(FILLED)
