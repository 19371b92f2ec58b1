#!/usr/bin/python
"""Have those log in to the Open WebUI of this host whom the inventory names, each in his role."""

from __future__ import annotations

DOCUMENTATION = r"""
module: open_webui_users
short_description: Adds users to Open WebUI, puts their roles right, disables them
description:
  - Speaks to the running program through its own door and its own API, in the name of its first administrator, whatever
    his password has become; see C(module_utils/chat_api.py).
  - Nobody is deleted, as his chats would go with him. Users that are not listed are left alone. Names and passwords
    count when somebody is added, and never again.
  - A password that the inventory does not give is made here, and laid where root alone can read it.
  - Where the first administrator's password is given, it is tried; that it is another one by now is a warning.
options:
  users:
    description: Who may log in
    type: list
    elements: dict[str, Any]
    default: []
    suboptions:
      email: {type: str, required: true, description: With what he logs in}
      name: {type: str, default: "", description: How the chat calls him}
      role: {type: str, choices: [user, admin], default: user, description: What he may do}
      state: {type: str, choices: [present, disabled], default: present, description: Whether he may come in}
      password: {type: str, default: "", description: With what he logs in first; empty to have one made}
  addresses: {type: list, elements: str, required: true, description: Where the door listens}
  port: {type: int, required: true, description: The door's port}
  data: {type: path, required: true, description: Folder of the database}
  admin_email: {type: str, required: true, description: The first administrator, as the inventory names him}
  admin_password: {type: str, default: "", description: His password in the inventory's vault; empty to try none}
  secrets: {type: path, default: /etc/llamakeep/open_webui/users, description: Where passwords lie that are made here}
attributes:
  check_mode: {support: full, description: Also on a bare host}
  diff_mode: {support: full, description: Emails and roles}
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Have those log in whom the inventory names
  llamakeep.fleet.open_webui_users:
    users:
      - {email: ann@example.org, name: Ann, role: admin, password: "{{ vault_ann }}"}
      - {email: bob@example.org, state: disabled}
    addresses: ["127.0.0.1"]
    port: 8080
    data: /var/lib/open-webui
    admin_email: admin@example.org
"""

RETURN = r"""
said: {type: list, elements: str, returned: success, description: What an operator should read}
made: {type: list, elements: str, returned: success, description: Files of the passwords that were made in this run}
refusals:
  description: What was refused, each with C(id), C(place), C(found), C(expected) and C(remedy).
  type: list
  elements: dict
  returned: on failure
"""

import os
import secrets as random
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.llamakeep.fleet.plugins.module_utils import chat_accounts, chat_administrator
from ansible_collections.llamakeep.fleet.plugins.module_utils.chat_api import Answer, Chat, Silent, door
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

_ARGUMENTS = {
    "users": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "email": {"type": "str", "required": True},
            "name": {"type": "str", "default": ""},
            "role": {"type": "str", "choices": ["user", "admin"], "default": "user"},
            "state": {"type": "str", "choices": ["present", "disabled"], "default": "present"},
            "password": {"type": "str", "default": "", "no_log": True},
        },
    },
    "addresses": {"type": "list", "elements": "str", "required": True},
    "port": {"type": "int", "required": True},
    "data": {"type": "path", "required": True},
    "admin_email": {"type": "str", "required": True},
    "admin_password": {"type": "str", "default": "", "no_log": True},
    "secrets": {"type": "path", "default": "/etc/llamakeep/open_webui/users", "no_log": False},
}


class Users:
    """The users of one program, as they are and as they are wanted."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.want = module.params
        self.accounts = chat_accounts.wanted(self.want["users"])
        self.said: list[str] = []
        self.made: list[str] = []
        self.unauthenticated = Chat(door(self.want["addresses"], self.want["port"]))
        self.chat = self.unauthenticated
        self.first = self.want["admin_email"].lower()

    def look(self) -> dict[str, Any]:
        """Return email -> `{"id": "4552…", "role": "user"}`, for all whom the program knows."""
        try:
            self.unauthenticated.ask("/api/config")
            administrator = chat_administrator.find(self.want["data"])
        except Refusal as refusal:
            if not self.module.check_mode or not isinstance(refusal, Silent):
                raise
            # Before its first run, it knows the one whom it is told of.
            return {self.first: {"id": "", "role": "admin"}}
        self.first = administrator["email"]
        self.chat = self.unauthenticated.entered(administrator, chat_administrator.signing_key())
        return {user["email"].lower(): user for user in self.chat.ask("/api/v1/users/all")["users"]}

    def put_right(self, change: chat_accounts.Change) -> None:
        """Make one account what it should be."""
        if not change.before:
            self.add(change.account)
            return
        self.chat.ask(f"/api/v1/users/{change.id}/update", {"role": change.after})
        if change.account.is_disabled:
            self.put_out(change.id)

    def add(self, account: chat_accounts.Account) -> None:
        """Add one user; a password that is made here lies there before anybody could need it."""
        path = os.path.join(self.want["secrets"], account.email)
        password = account.password or self.password()
        if not account.password:
            self.lay(path, f"email: {account.email}\npassword: {password}\n")
        form = {"email": account.email, "name": account.name, "password": password, "role": account.role}
        try:
            self.chat.ask("/api/v1/auths/add", form)
        except BaseException:
            if path in self.made:
                os.unlink(path)
            raise

    def password(self) -> str:
        """Return a password that nobody has to think of, and that no output shows."""
        made = random.token_urlsafe(18)
        self.module.no_log_values.add(made)
        return made

    def lay(self, path: str, text: str) -> None:
        """Write a file that only root can read."""
        os.makedirs(self.want["secrets"], mode=0o700, exist_ok=True)
        staged = f"{path}.new"
        with open(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(staged, path)
        self.made.append(path)

    def put_out(self, account: str) -> None:
        """End the sessions of somebody who may not come in any more."""
        try:
            self.chat.ask(f"/api/v1/users/{account}/sessions/revoke", {})
        except Answer as answer:  # older versions have no such thing; his role alone keeps him out of everything
            if answer.status not in (404, 405):
                raise

    def try_password(self, seen: dict[str, Any]) -> None:
        """Warn where the first administrator does not log in with what the vault says."""
        email, password = self.want["admin_email"].lower(), self.want["admin_password"]
        if not password or self.chat is self.unauthenticated:
            return
        place = "open_webui_admin_password" if email in seen else "open_webui_admin_email"
        found = f"{email} does not log in with it" if email in seen else f"nobody here is {email}"
        try:
            self.unauthenticated.ask("/api/v1/auths/signin", {"email": email, "password": password})
        except Answer as answer:
            if answer.status == 400:  # others say nothing of it: too many attempts, or passwords are not asked at all
                self.warn(
                    Refusal(
                        place,
                        found,
                        id="initial-password-refused",
                        expected=_EXPECTED,
                        remedy=_REMEDY.format(first=self.first),
                    )
                )

    def warn(self, refusal: Refusal) -> None:
        """Say what does no harm now and surprises somebody later."""
        self.module.warn(str(refusal))
        self.said.append(str(refusal))


_EXPECTED = "the one with which the first administrator was made: it counts on an empty database alone"
_REMEDY = (
    "the database keeps what it has: write the password that {first} uses by now into the vault, or empty the option; "
    "where it is lost, list somebody else in open_webui_users with role admin"
)


def run(module: AnsibleModule) -> dict[str, Any]:
    """Compare, put right unless this is a check, and return the module's result."""
    users = Users(module)
    seen = users.look()
    found = chat_accounts.changes(users.accounts, seen, users.first)
    users.try_password(seen)
    for change in found:
        if not module.check_mode:
            try:
                users.put_right(change)
            except Answer as answer:
                raise answer.refusal(f"{chat_accounts.OPTION}: {change.email}") from answer
        users.said.append(change.said())
    users.said += [f"{path}: a password that was made here, for root to read" for path in users.made]
    diff = chat_accounts.diff(found)
    return {"changed": bool(found), "diff": diff, "said": users.said, "made": users.made}


def main() -> None:
    """Answer the task."""
    module = AnsibleModule(argument_spec=_ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**run(module))
    except Refusal as refusal:
        module.fail_json(**refusal.failure)
    except Answer as answer:
        said = f"Open WebUI says {answer.detail} ({answer.status})"
        module.fail_json(
            **Refusal(
                "open_webui_users",
                said,
                id="chat-api-refused",
                remedy="journalctl -u open-webui.service says more",
            ).failure
        )


if __name__ == "__main__":
    main()
