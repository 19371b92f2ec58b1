"""What the host is called on the network, and who filters its packets."""

import ipaddress
import re

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.facts.filters import CHAINS, managers
from llamakeep.observe.seen import Network

# Of nftables only names are asked, never a rule. A table of a manager that is stopped says nothing, so each
# is asked for in its own way, without starting or loading anything.
_QUESTION = r"""
if command -v ip >/dev/null; then ip -o addr show | head -n 500
elif [ -r /proc/net/fib_trie ]; then head -n 2000 /proc/net/fib_trie; cat /proc/net/if_inet6
else ifconfig; fi
for name in docker0 virbr0 tailscale0 kube-ipvs0; do [ -e "/sys/class/net/$name" ] && echo "interface=$name"; done
while read -r line; do case $line in ENABLED=[yY]*) echo at-work=ufw ;; esac; done </etc/ufw/ufw.conf
for name in firewalld docker; do
    pid=; [ -r "/run/$name.pid" ] && read -r pid <"/run/$name.pid"
    [ -n "$pid" ] && [ -d "/proc/$pid" ] && echo "at-work=$name"
done
[ -r /proc/net/ip_tables_names ] && read -r table </proc/net/ip_tables_names && echo at-work=iptables-legacy
if command -v nft >/dev/null; then
    if [ "$(id -u)" = 0 ] && said=$(nft list chains); then
        echo nft=seen
        printf '%s\n' "$said" | sed -n -e 's/^table \(.*\) {.*/table=\1/p' \
            -e "s/^[ 	]*chain \($chains\) {.*/chain=\1/p" |
            head -n 500
    else echo nft=denied; fi
elif [ -x /sbin/pfctl ]; then
    pfctl -s info | sed -n 's/^Status: Enabled.*/at-work=pf/p'
    /usr/libexec/ApplicationFirewall/socketfilterfw --getglobalstate |
        sed -n 's/.*State = [12].*/at-work=application firewall/p'
else echo nft=missing; fi
"""

# Bridges and pairs that a host has for its own guests: nobody else reaches it there.
_INWARD = re.compile(
    r"docker\d|br-[0-9a-f]{12}$|virbr|veth|cni|podman|lxcbr|lxdbr|incusbr|kube-|cali|flannel|nodelocal"
)
_IP = re.compile(r"^\d+: (?P<name>\S+)\s+inet6? (?P<address>[0-9a-f.:]+)(?P<rest>.*)", flags=re.MULTILINE)
_IFCONFIG = re.compile(r"^\s+inet6? (?P<address>[0-9a-f.:]+)(?P<rest>.*)", flags=re.MULTILINE)
_TRIE = re.compile(r"\|-- (?P<address>[0-9.]+)\n\s+/32 host LOCAL")
_SIX = re.compile(r"^(?P<address>[0-9a-f]{32}) \w+ \w\w (?P<scope>\w\w) (?P<flags>\w\w)\s+(?P<name>\S+)$", re.MULTILINE)


class NetworkFact(Fact[Network]):
    """Addresses by which others reach the host, the managers of its packet filter, and the tables of nftables.

    >>> Network(addresses=("192.0.2.7", "2001:db8::7"), firewalls=("docker", "ufw"),
    ...         tables=("ip filter", "ip nat", "inet llamakeep"))
    """

    name = "network"

    def question(self, ask: Ask) -> str:  # noqa: ARG002 - the same on every host
        """Ask ip, else /proc or ifconfig; the files of the managers; and nft for names."""
        chains = r"\|".join(CHAINS)
        return f"chains='{chains}'\n{_QUESTION}"

    def parse(self, answer: str) -> Network:
        """Read the addresses in the form that came, and `name=value` lines of the packet filter."""
        said: dict[str, list[str]] = {}
        for name, value in re.findall(r"^(interface|at-work|nft|table|chain)=(.*)$", answer, flags=re.MULTILINE):
            said.setdefault(name, []).append(value)
        tables = tuple(dict.fromkeys(said.get("table", ())))
        found = list(dict.fromkeys(_addresses(answer)))
        if not found and not said:
            raise ValueError("neither addresses nor packet filter in it")
        return Network(
            addresses=tuple(sorted(found, key=lambda one: (":" in one, int(ipaddress.ip_address(one))))),
            firewalls=managers(said),
            tables=tables if said.get("nft") == ["seen"] else None,
        )


def _addresses(answer: str) -> list[str]:
    """Return the addresses that lead in from outside; one that is not in use yet, or no more, is left out."""
    rows = list(_IP.finditer(answer))
    if rows:
        usable = [row for row in rows if not _INWARD.match(row["name"].partition("@")[0])]
    else:
        usable = list(_IFCONFIG.finditer(answer))
    found = [row["address"] for row in usable if not re.search("tentative|dadfailed|deprecated", row["rest"])]
    found += _TRIE.findall(answer)
    for row in _SIX.finditer(answer):
        if row["scope"] == "00" and not _INWARD.match(row["name"]) and not int(row["flags"], 16) & 0x68:
            found.append(str(ipaddress.IPv6Address(int(row["address"], 16))))
    return [address for address in found if _outward(address)]


def _outward(address: str) -> bool:
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not (one.is_loopback or one.is_link_local or one.is_unspecified or one.is_multicast)
