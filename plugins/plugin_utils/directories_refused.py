"""What cannot work of the servers that a chat asks, one message each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.directories import (
    NAMED_BY,
    Options,
    Resolve,
    address,
    split,
)

SECRETS = {
    "ldap": "open_webui_ldap_bind_password",
    "oidc": "open_webui_oidc_client_secret",
    "database": "open_webui_database_password",
}
VAULT = "put it into the vault: ansible-vault edit"

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


def refusals(options: Options, resolve: Resolve, found_at: str) -> list[Refusal]:
    """Return all that is wrong; `found_at` is the address at which people find the chat, empty where none is known.

    >>> refusals({"open_webui_ldap_server": "ldap.example.org", "open_webui_ldap_base": "", …}, resolve, "")
    [Refusal("open_webui_ldap_base", "is empty", …)]
    """
    found = []
    for kind in (kind for kind, option in NAMED_BY.items() if options[option]):
        found += [*_server(kind, options, resolve), *_secret(kind, options), *_texts(kind, options)]
    if options[NAMED_BY["ldap"]]:
        found += _ldap(options)
    if options[NAMED_BY["oidc"]]:
        found += _oidc(options, found_at)
    return found


def _server(kind: str, options: Options, resolve: Resolve) -> Iterator[Refusal]:
    option = NAMED_BY[kind]
    try:
        url = split(kind, options)
        address(kind, options, resolve)
    except Refusal as refusal:
        yield refusal
        return
    tls = str(options.get(f"open_webui_{kind}_tls", "verified"))
    is_name = re.search(r"[a-z]", str(url.hostname), re.IGNORECASE) and ":" not in str(url.hostname)
    if tls == "verified" and not is_name:
        expected = "the name that its certificate bears: TLS is verified by it"
        remedy = f"name it there, and put {url.hostname} into open_webui_{kind}_address"
        yield Refusal(option, f"{url.hostname} is an address", id="tls-name-required", expected=expected, remedy=remedy)
    ca = str(options[f"open_webui_{kind}_ca"])
    if ca and "-----BEGIN CERTIFICATE-----" not in ca:
        remedy = f"open_webui_{kind}_ca: \"{{{{ lookup('file', 'ca.crt') }}}}\", or leave it empty"
        yield Refusal(
            f"open_webui_{kind}_ca",
            "holds no certificate",
            id="ca-certificate-missing",
            expected="the text of one or more, in PEM",
            remedy=remedy,
        )
    elif ca and tls == "cleartext":
        remedy = f"leave it out, or set open_webui_{kind}_tls: verified"
        yield Refusal(
            f"open_webui_{kind}_ca",
            "is set, and nothing is encrypted that it could verify",
            id="ca-certificate-unused",
            remedy=remedy,
        )


def _secret(kind: str, options: Options) -> Iterator[Refusal]:
    option = SECRETS[kind]
    secret = str(options[option])
    if kind == "ldap":
        bind = options["open_webui_ldap_bind_dn"]
        if secret and not bind:
            found = "is empty, and there is a password for it"
            yield Refusal("open_webui_ldap_bind_dn", found, id="bind-dn-missing", remedy="set both, or none")
        if not bind:
            return
    if not secret:
        needed_by = "open_webui_ldap_bind_dn" if kind == "ldap" else NAMED_BY[kind]
        yield Refusal(
            option, "is empty", id="secret-missing", expected=f"the secret that goes with {needed_by}", remedy=VAULT
        )
    elif _UNPRINTABLE.search(secret) or secret != secret.strip():
        yield Refusal(
            option,
            "holds a line break, or blanks around it",
            id="secret-malformed",
            expected="the secret alone, on one line",
            remedy=VAULT,
        )


def _texts(kind: str, options: Options) -> Iterator[Refusal]:
    for option, value in options.items():
        if not option.startswith(f"open_webui_{kind}_") or option.endswith("_ca") or option in SECRETS.values():
            continue
        if any(_UNPRINTABLE.search(str(text)) for text in _listed(value)):
            found = "holds a line break, or another character that cannot be seen"
            yield Refusal(option, found, id="unprintable-character", remedy="write it anew")


def _ldap(options: Options) -> Iterator[Refusal]:
    if not options["open_webui_ldap_base"]:
        expected = "where in the directory people are, such as ou=people,dc=example,dc=org"
        yield Refusal("open_webui_ldap_base", "is empty", id="option-empty", expected=expected, remedy="set it")
    search = str(options["open_webui_ldap_filter"])
    if search and not (search.startswith("(") and search.endswith(")") and search.count("(") == search.count(")")):
        expected = "a condition in parentheses, such as (memberOf=cn=chat,ou=groups,dc=example,dc=org)"
        yield Refusal(
            "open_webui_ldap_filter",
            f"{search!r} is no filter",
            id="ldap-filter-invalid",
            expected=expected,
            remedy="correct it, or leave it empty",
        )
    for option in ("open_webui_ldap_mail_attribute", "open_webui_ldap_username_attribute"):
        if not _ATTRIBUTE.fullmatch(str(options[option])):
            expected = "one of the directory's own, such as mail"
            yield Refusal(
                option,
                f"{options[option]!r} is no attribute",
                id="ldap-attribute-invalid",
                expected=expected,
                remedy="correct it",
            )


def _oidc(options: Options, found_at: str) -> Iterator[Refusal]:
    if not options["open_webui_oidc_client_id"]:
        expected = "the name under which the issuer knows this chat"
        yield Refusal(
            "open_webui_oidc_client_id",
            "is empty",
            id="option-empty",
            expected=expected,
            remedy="register a client there, and set it",
        )
    if not found_at:
        expected = "where the issuer sends people back to"
        yield Refusal(
            "open_webui_url",
            "is empty",
            id="option-empty",
            expected=expected,
            remedy="set it, such as https://chat.example.org",
        )
    for option in ("open_webui_oidc_groups", "open_webui_oidc_admin_groups"):
        if any("," in str(group) or not str(group) for group in options[option]):
            yield Refusal(
                option,
                "a group is empty, or has a comma in its name",
                id="oidc-group-invalid",
                remedy="rename it at the issuer",
            )
    if options["open_webui_oidc_groups"] and options["open_webui_newcomers"] != "pending":
        found = f"is {options['open_webui_newcomers']}, and open_webui_oidc_groups names who may come in"
        expected = "pending: people of whom the issuer names no group at all would come in with it"
        yield Refusal(
            "open_webui_newcomers",
            found,
            id="newcomers-bypass-groups",
            expected=expected,
            remedy="leave one of them out",
        )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
