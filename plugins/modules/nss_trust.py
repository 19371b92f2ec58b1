#!/usr/bin/python
"""Have the programs of a user that are made from Chromium trust a root, or trust it no more."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nss_trust
short_description: Enters a root certificate into users' NSS databases, or takes it out
description:
  - On Linux, Chromium and the Electron programs made from it look for roots of one's own in the user's NSS database,
    C(~/.pki/nssdb), and not in C(/etc/ssl/certs).
  - Works with each user's own rights, by C(certutil). Other certificates in there stay.
  - Without a certificate the name is taken out; who has no database gets none, and where the name is in none of them
    C(certutil) is not needed.
options:
  name: {type: str, required: true, description: Under which the root stands there; an older one of that name goes}
  certificate: {type: str, required: true, description: The root in PEM; empty where the name is to be gone}
  users: {type: list, elements: str, required: true, description: Whose databases}
attributes:
  check_mode: {support: full}
  diff_mode: {support: full}
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Have Ann's Chatbox trust the fleet's own CA
  llamakeep.fleet.nss_trust:
    name: llamakeep
    certificate: "{{ lookup('llamakeep.fleet.root') }}"
    users: [ann]

- name: Have it trust that CA no more
  llamakeep.fleet.nss_trust:
    name: llamakeep
    certificate: ""
    users: [ann]
"""

RETURN = r"""
written: {type: list, returned: always, description: Users whose database was changed, or would be}
refusals:
  description: What was refused, each with C(id), C(place), C(found), C(expected) and C(remedy).
  type: list
  elements: dict
  returned: on failure
"""

import os
import pwd
import re
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt
from ansible_collections.llamakeep.fleet.plugins.module_utils.owner import Owner
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals

_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "certificate": {"type": "str", "required": True},
    "users": {"type": "list", "elements": "str", "required": True},
}
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_TRUST = "C,,"  # it may vouch for servers, and for nothing else


class Database:
    """The database of one user."""

    def __init__(self, module: AnsibleModule, user: str) -> None:
        self.module, self.user = module, user
        try:
            seen = pwd.getpwnam(user)
        except KeyError as error:
            remedy = "correct chatbox_users, or have the user made first"
            raise Refusal(f"user {user}", "is not known on this host", id="user-unknown", remedy=remedy) from error
        self.owner = Owner(seen.pw_uid, seen.pw_gid)
        self.folder = os.path.join(seen.pw_dir, ".pki", "nssdb")
        self.file = os.path.join(self.folder, "cert9.db")
        self.program = module.get_bin_path("certutil")

    def trusts(self, name: str, certificate: str) -> bool:
        """Whether the root stands there under its name, alone and trusted."""
        with self.owner.rights():
            if not os.path.exists(self.file):
                return False
        if not self.program:
            return False  # a check on a bare host: the program comes with the run itself
        code, text, _ = self._certutil("-L", "-n", name, "-a")
        if code or _bodies(text) != _bodies(certificate):
            return False
        _, listing, _ = self._certutil("-L")
        return any(
            re.fullmatch(rf"{re.escape(name)}\s+{re.escape(_TRUST)}", line.strip()) for line in listing.splitlines()
        )

    def enter(self, name: str, certificate: str) -> None:
        """Have the root, and no older one of its name."""
        with self.owner.rights():
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            is_new = not os.path.exists(self.file)
        if is_new:
            self._must(self._certutil("-N", "--empty-password"))
        self._drop(name)
        self._must(self._certutil("-A", "-t", _TRUST, "-n", name, "-a", data=certificate))

    def holds(self, name: str) -> bool:
        """Whether anything stands there under a name; without certutil, whether the file looks like it."""
        with self.owner.rights():
            if not os.path.isfile(self.file):
                return False
            with open(self.file, "rb") as file:
                if name.encode() not in file.read():
                    return False
        return not self.program or self._certutil("-L", "-n", name)[0] == 0

    def forget(self, name: str) -> None:
        """Have nothing of that name."""
        if not self.program:
            remedy = "apt install libnss3-tools, then run this once more"
            raise Refusal(
                self.folder,
                f"holds {name}, and there is no certutil to take it out",
                id="certutil-missing",
                remedy=remedy,
            )
        done = self._drop(name)
        if self.holds(name):
            self._must(done)

    def _drop(self, name: str) -> tuple[int, str, str]:
        """Delete whatever stands there under a name, one after the other; return what ended it."""
        while (done := self._certutil("-D", "-n", name))[0] == 0:
            pass
        return done

    def _certutil(self, verb: str, *words: str, data: str = "") -> tuple[int, str, str]:
        command = ["runuser", "-u", self.user, "--", self.program, verb, "-d", f"sql:{self.folder}", *words]
        done: tuple[int, str, str] = self.module.run_command(command, data=data or None, cwd="/")
        return done

    def _must(self, done: tuple[int, str, str]) -> None:
        code, out, err = done
        if code:
            said = (err or out).strip()
            remedy = "it was left as it is; a database with a password has to be opened by its user"
            raise Refusal(
                self.folder,
                f"certutil refused: {said}",
                id="certutil-failed",
                expected="a database without a password",
                remedy=remedy,
            )


def _bodies(text: str) -> set[str]:
    return {"".join(body.split()) for body in _BLOCK.findall(text)}


def main() -> None:
    """Enter the root wherever it lacks, or take its name out wherever it stands."""
    module = AnsibleModule(argument_spec=_ARGUMENTS, supports_check_mode=True)
    want = module.params
    name, certificate = want["name"], want["certificate"].strip()
    result: dict[str, Any] = {"changed": False, "written": [], "diff": []}
    refusals = []
    for user in want["users"]:
        try:
            database = Database(module, user)
            if database.trusts(name, certificate) if certificate else not database.holds(name):
                continue
            if not module.check_mode:
                receipt.begin()
                if certificate:
                    database.enter(name, want["certificate"])
                else:
                    database.forget(name)
        except Refusal as refusal:
            refusals.append(refusal)
            continue
        except OSError as error:
            refusals.append(Refusal(str(error.filename or user), error.strerror or str(error), id="file-access-failed"))
            continue
        result["changed"] = True
        result["written"].append(user)
        line, header = f"{name}  {_TRUST}\n", database.folder
        before, after = ("", line) if certificate else (line, "")
        result["diff"].append({"before_header": header, "after_header": header, "before": before, "after": after})
    if refusals:
        module.fail_json(**Refusals(refusals).failure, **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
