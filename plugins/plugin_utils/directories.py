"""The servers that a sealed chat asks beside its models: a directory (LDAP), an issuer (OIDC), a database."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

Options = Mapping[str, Any]  # option -> its value
Resolve = Callable[[str], list[str]]  # host name -> its addresses, the preferred one first; none: it has none

LDAP, OIDC, DATABASE = "open_webui_ldap_server", "open_webui_oidc_issuer", "open_webui_database"
NAMED_BY = {"ldap": LDAP, "oidc": OIDC, "database": DATABASE}
ADDRESSES = {kind: f"open_webui_{kind}_address" for kind in NAMED_BY}
PORTS = {"ldap": {"verified": 636, "cleartext": 389}, "oidc": {"verified": 443}, "database": {"verified": 5432}}

_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE
)
_ROLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # a user or a database that needs no quotes anywhere


def servers(options: Options, resolve: Resolve, models: str = "") -> dict[str, dict[str, Any]]:
    """Return those in use; `models` is the name at which models are asked, if any.

    >>> servers({"open_webui_ldap_server": "ldap.example.org", …}, resolve)
    {"ldap": {"name": "ldap.example.org", "asked": "ldap.example.org", "port": 636, "inside": "127.0.0.2",
              "to": "192.0.2.20:636", "user": "", "path": ""}}

    `asked` is what the program is told, `inside` where its door listens in the sealed network, `to` where that leads.
    Models are asked at 127.0.0.1; each other name has a loopback address of its own, so that none takes another's port.
    """
    names = [models]
    found = {}
    for kind, option in NAMED_BY.items():
        if not options[option]:
            continue
        url = split(kind, options)
        host = str(url.hostname)
        if host not in names:
            names.append(host)
        inside = f"127.0.0.{names.index(host) + 1}"
        is_name = not _is_address(host)
        port = url.port or default_port(kind, options)
        found[kind] = {
            "name": host if is_name else "",
            "asked": host if is_name else inside,
            "port": port,
            "inside": inside,
            "to": endpoint(address(kind, options, resolve), port),
            "user": url.username or "",
            "path": url.path,
        }
    return found


def split(kind: str, options: Options) -> SplitResult:
    """Return the parts of what names a server; the directory's is a host and perhaps a port, the others are URLs."""
    option = NAMED_BY[kind]
    text = str(options[option])
    expected, scheme = {
        "ldap": ("a host and perhaps a port, such as ldap.example.org:636", ""),
        "oidc": ("an https URL as the issuer itself writes it, such as https://id.example.org/realms/staff", "https"),
        "database": ("a URL such as postgresql://chat@db.example.org:5432/chat", "postgresql"),
    }[kind]
    try:
        url = urlsplit(text if scheme else f"//{text}")
        fits = url.scheme == scheme and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        fits = False
    host = (url.hostname or "") if fits else ""
    if not host or re.search(r"[\s\"\\%'?#]", text) or not (_is_address(host) or _NAME.fullmatch(host)):
        raise Refusal(
            option,
            f"{shown(text)} cannot be asked",
            id="server-address-invalid",
            expected=expected,
            remedy="correct it",
        )
    if url.password is not None:
        remedy = f"put it into {option}_password, from the vault"
        raise Refusal(
            option,
            f"{shown(text)} holds a password",
            id="password-in-address",
            expected="none in the address",
            remedy=remedy,
        )
    if kind == "ldap" and (url.path or url.username is not None):
        raise Refusal(
            option,
            f"{text!r} is more than a host and a port",
            id="server-address-with-path",
            expected=expected,
            remedy="correct it",
        )
    if kind == "oidc" and (url.username is not None or url.path.endswith("/.well-known/openid-configuration")):
        raise Refusal(
            option,
            f"{text!r} is no issuer",
            id="issuer-invalid",
            expected=expected,
            remedy="name what stands before /.well-known/",
        )
    if kind == "database" and not (_ROLE.fullmatch(url.username or "") and _ROLE.fullmatch(url.path.lstrip("/"))):
        remedy = "name both, in plain letters and digits"
        raise Refusal(
            option,
            f"{text!r} lacks a user or a database",
            id="database-address-incomplete",
            expected=expected,
            remedy=remedy,
        )
    return url


def shown(text: str) -> str:
    """Return what names a server as a message may show it."""
    return repr(re.sub(r"//([^/@:]*):[^/@]*@", r"//\1:…@", text))


def default_port(kind: str, options: Options) -> int:
    """Return the port that is meant where none is named."""
    ports = PORTS[kind]
    return ports.get(str(options.get(f"open_webui_{kind}_tls", "verified")), ports["verified"])


def address(kind: str, options: Options, resolve: Resolve) -> str:
    """Return the one address to which a server's door leads."""
    option, given = ADDRESSES[kind], str(options[ADDRESSES[kind]])
    host = str(split(kind, options).hostname)
    if given:
        if not _is_address(given):
            remedy = "name the address itself, such as 192.0.2.20 or 2001:db8::20; no brackets, no port, no host name"
            raise Refusal(option, f"{given!r} is no address", id="ip-address-invalid", remedy=remedy)
        return given
    if _is_address(host):
        return host
    known = resolve(host)
    if not known:
        found = f"{host} is a name without an address, as far as this machine can see"
        remedy = f"set {option}, or correct the name"
        raise Refusal(
            NAMED_BY[kind],
            found,
            id="dns-name-not-found",
            expected="a name of the DNS, or its address said",
            remedy=remedy,
        )
    return known[0]


def _is_address(text: str | None) -> bool:
    try:
        ipaddress.ip_address(text or "")
    except ValueError:
        return False
    return True
