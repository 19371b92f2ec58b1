"""Those who may log in: what is wanted, what is there, and what has to be done for both to be the same."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals

OPTION = "open_webui_users"
EMAIL = re.compile(r"[a-z0-9!#$%&'*+=?^_`{|}~-][a-z0-9.!#$%&'*+=?^_`{|}~-]*@(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+)")
LONGEST = 72  # bytes of a password, as much of it as the program's hash takes in
DISABLED = "pending"  # the program's own word for an account that has to wait for an administrator
FIRST = "the first administrator, whose role the program keeps"


class Account:
    """One user of the inventory."""

    def __init__(self, item: dict[str, Any]) -> None:
        self.email = item["email"].strip().lower()
        self.name = item.get("name") or self.email.partition("@")[0]
        self.is_disabled = item.get("state") == "disabled"
        self.role = DISABLED if self.is_disabled else item.get("role") or "user"
        self.password = item.get("password") or ""

    def refusal(self) -> Refusal | None:
        """Return why such a one cannot be; None: he can."""
        if not EMAIL.fullmatch(self.email):
            remedy = "write it as name@domain, in letters, digits and the signs that such addresses have"
            return Refusal(
                f"{OPTION}: {self.email!r}", "is no address of an email account", id="email-invalid", remedy=remedy
            )
        if len(self.password.encode()) > LONGEST:
            found = f"the password has {len(self.password.encode())} bytes"
            return Refusal(
                f"{OPTION}: {self.email}",
                found,
                id="password-too-long",
                expected=f"{LONGEST} at most",
                remedy="take a shorter one",
            )
        return None


class Change:
    """One account that is not as it should be: `before` is the role that it has, empty where there is none."""

    def __init__(self, account: Account, seen: dict[str, Any] | None) -> None:
        self.account = account
        self.email = account.email
        self.id = seen["id"] if seen else ""
        self.before = seen["role"] if seen else ""
        self.after = account.role

    def said(self) -> str:
        """Return the change as a person reads it.

        >>> Change(Account({"email": "ann@example.org", "role": "user"}), {"id": "7", "role": "admin"}).said()
        'ann@example.org: admin → user'
        """
        return f"{self.email}: {shown(self.before) or 'nobody'} → {shown(self.after)}"


def shown(role: str) -> str:
    """Return a role in the words of the inventory."""
    return "disabled" if role == DISABLED else role


def wanted(items: list[dict[str, Any]]) -> list[Account]:
    """Return the users of the inventory; refuse at once all who cannot be."""
    accounts = [Account(item) for item in items]
    refusals = [refusal for refusal in (account.refusal() for account in accounts) if refusal]
    emails = [account.email for account in accounts]
    refusals += [
        Refusal(f"{OPTION}: {email}", "is listed more than once", id="user-listed-twice", remedy="keep one of them")
        for email in sorted({email for email in emails if emails.count(email) > 1})
    ]
    if refusals:
        raise Refusals(refusals)
    return accounts


def changes(accounts: list[Account], seen: dict[str, dict[str, Any]], first: str = "") -> list[Change]:
    """Return what has to be done; `seen` is email -> `{"id": "4552…", "role": "user"}`.

    Nobody is made only to be disabled. Whoever is not listed is left alone.
    """
    missing = [account for account in accounts if account.email in seen or not account.is_disabled]
    found = [Change(account, seen.get(account.email)) for account in missing]
    found = [change for change in found if change.before != change.after]
    for change in found:
        if change.email == first and change.before == "admin":
            raise Refusal(
                f"{OPTION}: {change.email}",
                f"is {FIRST}, and would become {shown(change.after)}",
                id="first-administrator-demoted",
                expected="role admin, or not listed at all",
                remedy="make somebody else what you want; this one stays what he is",
            )
    return found


def diff(found: list[Change]) -> list[dict[str, Any]]:
    """Return the changes for `--diff`: emails and roles, and nothing else."""
    if not found:
        return []
    before = "".join(f"{change.email}: {shown(change.before)}\n" for change in found if change.before)
    after = "".join(f"{change.email}: {shown(change.after)}\n" for change in found)
    return [{"before_header": "users of Open WebUI", "after_header": OPTION, "before": before, "after": after}]
