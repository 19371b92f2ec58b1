"""The user whose files these are."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import stat
from typing import Iterator, NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal


class UnknownOwner(Refusal):
    """The user or the group does not exist on this host (yet)."""


class Owner(NamedTuple):
    """A user and a group by their numbers on this host."""

    uid: int
    gid: int

    @contextlib.contextmanager
    def rights(self) -> Iterator[None]:
        """Work with this user's rights for a while, not root's.

        Root does not write where another user may put links: what that user may not touch stays untouched.
        """
        if os.geteuid() != 0:
            yield
            return
        groups = os.getgroups()
        os.setgroups([self.gid])
        os.setegid(self.gid)
        os.seteuid(self.uid)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups(groups)

    def has(self, path: str) -> bool:
        """Whether a file or folder is this user's, and he may read it."""
        seen = os.lstat(path)
        needed = stat.S_IRWXU if stat.S_ISDIR(seen.st_mode) else stat.S_IRUSR
        return (seen.st_uid, seen.st_gid) == (self.uid, self.gid) and seen.st_mode & needed == needed

    def must_reach(self, path: str) -> None:
        """Refuse a path that this user cannot get to, naming the folder that is in the way."""
        above = "/"
        with self.rights():
            for part in path.split("/"):
                above = os.path.join(above, part)
                if os.path.isdir(above) and not os.access(above, os.X_OK, effective_ids=True):
                    mode = stat.filemode(os.stat(above).st_mode)
                    raise Refusal(
                        path,
                        f"its owner (user id {self.uid}) may not pass through {above} ({mode})",
                        id="folder-not-accessible-by-owner",
                        expected="a path whose every folder the owner may enter, as the service must, too",
                        remedy=f"chmod o+x {above}, or choose another store",
                    )

    def adopt(self, path: str) -> None:
        """Give a file or folder to this user, unless it is a link or has a second name somewhere."""
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            seen = os.fstat(file)
            is_folder = stat.S_ISDIR(seen.st_mode)
            if not is_folder and (not stat.S_ISREG(seen.st_mode) or seen.st_nlink > 1):
                raise Refusal(
                    path,
                    "is a link, or has a second name on this disk",
                    id="file-is-a-link",
                    expected="a file of its own",
                    remedy="look at what it is, then remove it: it is brought again",
                )
            os.fchown(file, self.uid, self.gid)
            os.fchmod(file, stat.S_IMODE(seen.st_mode) | (stat.S_IRWXU if is_folder else stat.S_IRUSR))
        finally:
            os.close(file)


def named(owner: str, group: str) -> Owner:
    """Return a user and a group by name, or refuse."""
    who = f"user {owner}"
    try:
        uid = pwd.getpwnam(owner).pw_uid
        who = f"group {group}"
        return Owner(uid, grp.getgrnam(group).gr_gid)
    except KeyError as error:
        raise UnknownOwner(
            who,
            "does not exist on this host",
            id="user-unknown",
            expected="the user and group that the role ollama makes",
            remedy="apply the role ollama before the models, as playbooks/site.yml does",
        ) from error
