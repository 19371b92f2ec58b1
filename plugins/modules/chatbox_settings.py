#!/usr/bin/python
"""Tell Chatbox of the fleet, in the settings of each user of a desktop."""

from __future__ import annotations

DOCUMENTATION = r"""
module: chatbox_settings
short_description: Enters a provider into users' Chatbox settings, and leaves the rest of them alone
description:
  - Merges one provider, its models, a default model, and "no reporting, no updates by itself" into C(config.json) of
    each user. What else stands there stays, such as other providers; chats lie elsewhere and are not touched.
  - Works with each user's own rights, writes in one step, and lets nobody else read the file, as it holds a key.
  - A file that is no valid JSON is left as it is and refused, as is the one of a user whose Chatbox runs, as that one
    would write over it. The other users are served before the task fails.
options:
  profile:
    type: str
    default: xyz.chatboxapp.app
    description: The name under which Chatbox keeps its files in C(~/.config/), and of its program
  provider:
    type: dict
    required: true
    description: Who is asked for models
    suboptions:
      id: {type: str, required: true, description: By what Chatbox knows it}
      name: {type: str, required: true, description: What people read}
      custom: {type: bool, required: true, description: Whether it is one of ours; else one that Chatbox brings along}
      address: {type: str, required: true, description: Base address}
      models: {type: list, elements: str, required: true, description: Names of the models that it has}
  users:
    type: list
    elements: dict[str, Any]
    required: true
    description: Whose settings
    suboptions:
      user: {type: str, required: true, description: Who logs in on the desktop}
      key: {type: str, default: "", description: His key; it is printed nowhere}
      model: {type: str, default: "", description: The default model while he has not chosen one}
attributes:
  check_mode: {support: full}
  diff_mode: {support: full, description: Shows our part alone, and no key}
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Tell Chatbox of the gateway
  llamakeep.fleet.chatbox_settings:
    provider:
      id: llamakeep-example.org
      name: example.org
      custom: true
      address: https://api.example.org/v1
      models: [mistral:7b]
    users:
      - {user: ann, key: "{{ vault_ann_key }}", model: mistral:7b}
"""

RETURN = r"""
written: {type: list, returned: always, description: Users whose settings were changed, or would be}
refusals:
  description: What was refused, each with C(id), C(place), C(found), C(expected) and C(remedy).
  type: list
  elements: dict
  returned: on failure
"""

import contextlib
import os
import pwd
import stat
import tempfile
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.llamakeep.fleet.plugins.module_utils import chatbox_config, receipt
from ansible_collections.llamakeep.fleet.plugins.module_utils.owner import Owner
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals

_ARGUMENTS = {
    "profile": {"type": "str", "default": "xyz.chatboxapp.app"},
    "provider": {
        "type": "dict",
        "required": True,
        "options": {
            "id": {"type": "str", "required": True},
            "name": {"type": "str", "required": True},
            "custom": {"type": "bool", "required": True},
            "address": {"type": "str", "required": True},
            "models": {"type": "list", "elements": "str", "required": True},
        },
    },
    "users": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "user": {"type": "str", "required": True},
            "key": {"type": "str", "default": "", "no_log": True},
            "model": {"type": "str", "default": ""},
        },
    },
}

_COMM = 15  # bytes of a program's name that the kernel keeps


class Settings:
    """The settings of one user."""

    def __init__(self, want: dict[str, Any], person: dict[str, Any]) -> None:
        self.name, self.key, self.model = person["user"], person["key"], person["model"]
        self.profile, self.provider = want["profile"], want["provider"]
        try:
            seen = pwd.getpwnam(self.name)
        except KeyError as error:
            expected = "somebody who logs in on this desktop"
            remedy = "correct chatbox_users, or have the user made first"
            raise Refusal(
                f"user {self.name}", "is not known on this host", id="user-unknown", expected=expected, remedy=remedy
            ) from error
        self.owner = Owner(seen.pw_uid, seen.pw_gid)
        self.home = seen.pw_dir
        self.folder = os.path.join(self.home, ".config", self.profile)
        self.path = os.path.join(self.folder, "config.json")

    def read(self) -> None:
        """Look at what is there, and reckon what should be."""
        if not os.path.isdir(self.home):
            remedy = "let the user log in once, or make the folder"
            raise Refusal(
                self.home, f"is no folder: {self.name} has no home on this host", id="home-missing", remedy=remedy
            )
        with self.owner.rights():
            try:
                with open(self.path, encoding="utf-8") as file:
                    text = file.read()
            except FileNotFoundError:
                text = "{}"
            except UnicodeDecodeError as error:
                raise Refusal(
                    self.path,
                    "is no text",
                    id="chatbox-config-not-text",
                    expected="what Chatbox wrote",
                    remedy="it was left as it is",
                ) from error
            self.mode = self._mode()
        self.before = chatbox_config.parse(text, self.path)
        self.after = chatbox_config.merged(self.before, self.provider, self.key, self.model)

    def _mode(self) -> int:
        try:
            return stat.S_IMODE(os.stat(self.folder).st_mode)
        except FileNotFoundError:
            return 0

    @property
    def is_open(self) -> bool:
        """Whether others may enter the folder. Chatbox itself writes files that anybody may read, but for that."""
        return bool(self.mode & 0o077)

    @property
    def differs(self) -> bool:
        return self.before != self.after or self.is_open

    def diff(self) -> dict[str, Any]:
        other = self.key if self.provider["custom"] else ""
        before = chatbox_config.shown(self.before, self.provider, other)
        after = chatbox_config.shown(self.after, self.provider, "")
        if self.is_open:
            before, after = f"folder {self.mode:04o}\n{before}", f"folder 0700\n{after}"
        return {"before_header": self.path, "after_header": self.path, "before": before, "after": after}

    def refuse_running(self) -> None:
        """Refuse to write below a running Chatbox: it keeps its settings in memory, and writes all of them."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{pid}").st_uid == self.owner.uid and self._is_chatbox(pid):
                    raise Refusal(
                        self.path,
                        f"{self.name}'s Chatbox is running (pid {pid}), and would write over what is changed now",
                        id="chatbox-running",
                        expected="a Chatbox that is closed, not just its window",
                        remedy="nothing of it was changed: have it closed, and run again",
                    )

    def _is_chatbox(self, pid: str) -> bool:
        """Tell by the name that the kernel keeps, which is cut off, and which anybody may read."""
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return bool(file.read().rstrip("\n") == self.profile[:_COMM])

    def write(self) -> None:
        """Put the new settings in the old ones' place, in one step, as their user."""
        text = chatbox_config.written(self.after)
        with self.owner.rights():
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            if self.is_open:
                os.chmod(self.folder, 0o700)
            if self.before == self.after:
                return
            path = os.path.realpath(self.path)
            handle, staged = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".config.json.")  # 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(staged, path)
            except BaseException:
                os.unlink(staged)
                raise


def main() -> None:
    """Serve every user who can be served, and say which could not."""
    module = AnsibleModule(argument_spec=_ARGUMENTS, supports_check_mode=True)
    want = module.params
    result = {"changed": False, "written": [], "diff": []}
    refusals = []
    for person in want["users"]:
        try:
            _serve(module, Settings(want, person), result)
        except Refusal as refusal:
            refusals.append(refusal)
        except OSError as error:
            place = str(error.filename or f"user {person['user']}")
            refusals.append(
                Refusal(place, error.strerror or str(error), id="file-access-failed", remedy="it was left as it is")
            )
    if refusals:
        module.fail_json(**Refusals(refusals).failure, **result)
    module.exit_json(**result)


def _serve(module: AnsibleModule, settings: Settings, result: dict[str, Any]) -> None:
    settings.read()
    if not settings.differs:
        return
    try:
        settings.refuse_running()
    except Refusal as refusal:
        if not module.check_mode:
            raise
        module.warn(str(refusal))  # by the time of the run itself it may be closed
    if not module.check_mode:
        receipt.begin()
        settings.write()
    result["changed"] = True
    result["written"].append(settings.name)
    result["diff"].append(settings.diff())


if __name__ == "__main__":
    main()
