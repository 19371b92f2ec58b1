"""Which way an address is spoken to: directly, or through the proxy of the host's environment."""

from __future__ import annotations

import ipaddress
import socket
import urllib.parse
import urllib.request
from collections.abc import Callable
from functools import lru_cache
from typing import Any

# Python's own, which it does not describe.
_bypass: Callable[[str], Any] = getattr(urllib.request, "proxy_bypass_environment")  # noqa: B009 - has no type


def proxy_for(url: str) -> str:
    """Return the proxy for a URL, empty for none.

    The environment's proxy (`https_proxy` and its kin) serves for the internet only: a mirror in a network
    of one's own is spoken to directly, whatever `no_proxy` forgot. What `no_proxy` names is never proxied.

    >>> proxy_for("http://192.168.10.4:5000/v2/")
    ''
    """
    parts = urllib.parse.urlsplit(url)
    proxy = urllib.request.getproxies_environment().get(parts.scheme, "")
    host = parts.hostname or ""
    if not proxy or _bypass(parts.netloc) or _is_near(host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def shown(url: str) -> str:
    """Return a URL as it may be printed: without a user, a password, or a query."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@lru_cache(maxsize=None)
def _is_near(host: str) -> bool:
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return False
    return bool(found) and all(not ipaddress.ip_address(str(one).partition("%")[0]).is_global for one in found)
