"""Between which hosts TLS is spoken: at every door on an address of the network, unless it is named plain."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import is_loopback
from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import FOLDER, MUTUAL, PEM
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import Option
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.issued import Issued, is_live

Groups = Mapping[str, list[str]]
# What stands in the CA's files, where they are not read, and where it lies on a host.
UNREAD: dict[str, Any] = {"roots": "", "revoked": "", "hosts": [], "folder": FOLDER, "pem": PEM}
LIFE = datetime.timedelta(days=365)  # of a certificate
RENEWED = LIFE * 2 / 3  # before its end: after a third of it
# Group -> where its door listens, and how it speaks there.
DOORS = {
    "llm_hosts": ("ollama_api_addresses", "ollama_api_tls"),
    "chat_hosts": ("open_webui_addresses", "open_webui_tls"),
}
_CALLERS = {"llm_hosts": "ollama_api_groups", "chat_hosts": "open_webui_groups"}
_ASKING = ("gateway_hosts", "chat_hosts")
SERVED = ("llm_hosts", *_ASKING)  # whose hosts have their certificates from a run


def server_name(host: str, address: str, mode: str, option: Option) -> str:
    """Return by which name a client verifies the door of a host at an address; empty: it is asked without TLS.

    >>> server_name("llm1", "192.0.2.11", "ollama_api_tls", option), server_name("llm1", "127.0.0.1", …)
    ('llm1', '')
    """
    return identity(host) if option(host, mode) == MUTUAL and not is_loopback(address) else ""


def is_mutual(host: str, group: str, option: Option) -> bool:
    """Tell whether a host's door as one of a group asks who comes over the network for a certificate."""
    addresses, mode = DOORS[group]
    return option(host, mode) == MUTUAL and not all(is_loopback(str(address)) for address in option(host, addresses))


def needs_certificate(host: str, groups: Groups, option: Option) -> bool:
    """Tell whether a host presents a certificate to others: at a door of its own, or at one of theirs."""
    if any(host in groups.get(group, []) and is_mutual(host, group, option) for group in DOORS):
        return True
    if not any(host in groups.get(group, []) for group in _ASKING):
        return False
    return any(other != host and is_mutual(other, group, option) for group in DOORS for other in groups.get(group, []))


def needing(groups: Groups, option: Option) -> list[str]:
    """Return the hosts that present certificates, each once."""
    every = dict.fromkeys(host for group in SERVED for host in groups.get(group, []))
    return [host for host in every if needs_certificate(host, groups, option)]


def shut_out(
    host: str, groups: Groups, option: Option, every: Sequence[Issued], moment: datetime.datetime
) -> list[str]:
    """Return the hosts that the doors of a host let in by certificate, and that have none: no run gives them one."""
    served = {one for group in SERVED for one in groups.get(group, [])}
    asked = {
        one
        for group, callers in _CALLERS.items()
        if host in groups.get(group, []) and is_mutual(host, group, option)
        for name in option(host, callers)
        for one in groups.get(str(name), [])
    }
    return sorted(one for one in asked - served if not is_live(identity(one), every, moment))


def bearers(hosts: Iterable[str]) -> list[str]:
    """Return the names on the certificates of some hosts, sorted."""
    return sorted({identity(host) for host in hosts})
