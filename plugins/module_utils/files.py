"""Files, links and folders as a table wants them: how each differs, how it is applied, how it is taken back."""

from __future__ import annotations

import grp
import hashlib
import os
import pathlib
import pwd
import stat
import tempfile
from abc import ABC, abstractmethod
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt, replaced
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal


class Entry(ABC):
    """One path of the table. `ours`: an earlier run put it there, so nothing of anybody else's is lost."""

    kind = ""
    restarts: list[str] = []
    reloads: list[str] = []

    def __init__(self, module: Any, item: dict[str, Any], ours: bool) -> None:
        self.module = module
        self.item = item
        self.path = item["path"]
        self.ours = ours
        self.restarts = item.get("restarts") or []
        self.reloads = item.get("reloads") or []
        self.kept: str | None = None  # where what stood there is kept
        self.begun = False  # what stood there is safe, and may be written over; until then there is nothing to undo
        self.diff: list[dict[str, Any]] = []
        self._refuse_wrong_kind()

    @abstractmethod
    def apply(self) -> None:
        """Bring it to the host."""

    @abstractmethod
    def undo(self) -> None:
        """Put back what stood there."""

    def left(self) -> dict[str, Any]:
        """Return the entry for the receipt; empty: nothing is remembered of it."""
        return {}

    def _refuse_wrong_kind(self) -> None:
        if os.path.isdir(self.path) and not os.path.islink(self.path):
            raise Refusal(
                self.path,
                "a folder stands where a file belongs",
                id="folder-in-place-of-file",
                expected=f"a {self.kind}, or nothing",
                remedy="move the folder away; the kit does not take away what it does not know",
            )

    def _put_aside(self) -> None:
        if os.path.lexists(self.path) and not self.ours:
            self.kept = replaced.keep(self.path)
        self.begun = True

    def _put_back(self) -> None:
        if os.path.lexists(self.path):
            os.unlink(self.path)
        if self.kept:
            replaced.give_back(self.kept, self.path)
            self.kept = None


def fit(module: Any, path: str, item: dict[str, Any]) -> None:
    """Give a path its owner, group, mode and security context."""
    wanted = {key: item[key] for key in ("owner", "group", "mode")}
    attributes = module.load_file_common_arguments({"path": path, **wanted})
    module.set_fs_attributes_if_different(attributes, changed=False)


def attribute_diff(item: dict[str, Any]) -> list[dict[str, Any]]:
    """Return how owner, group and mode of a path differ, for `--diff`."""
    seen = receipt.attributes(item["path"])
    before = {key: seen[key] for key in ("owner", "group", "mode") if seen[key] != item[key]}
    if not before:
        return []
    after = {key: item[key] for key in before}
    return [{"before_header": item["path"], "after_header": item["path"], "before": before, "after": after}]


def switch(path: str, to: str) -> None:
    """Have a link lead somewhere, in one step."""
    staged = f"{path}.llamakeep"
    if os.path.lexists(staged):
        os.unlink(staged)
    os.symlink(to, staged)
    os.replace(staged, path)


def foreign_link(path: str) -> str | None:
    """Return the first link on the way to a path that root did not set; None: whatever leads there is root's."""
    for at in [*reversed(pathlib.PurePath(path).parents), pathlib.PurePath(path)]:
        if os.path.islink(at):
            if os.lstat(at).st_uid:
                return str(at)
            further = os.path.exists(at) and foreign_link(os.path.join(at.parent, os.readlink(at)))
            if further:
                return further
    return None


class File(Entry):
    """A file with the content that the control node rendered."""

    kind = "file"

    def __init__(self, module: Any, item: dict[str, Any], ours: bool) -> None:
        super().__init__(module, item, ours)
        self.wanted = item["content"].encode()
        self.target = os.readlink(self.path) if os.path.islink(self.path) else None
        self.seen = self._read()
        self.differs = self.target is not None or self.seen != self.wanted
        if self.differs:
            self._validate()
            before = "" if self.seen is None else self.seen.decode(errors="replace")
            before += "" if self.target is None else f"(a link to {self.target})\n"
            headers = {"before_header": f"{self.path} (on the host)", "after_header": self.path}
            after = item["content"]
            if not int(item["mode"], 8) & stat.S_IROTH:
                # What others on the host may not read, nobody reads in a log either.
                why = f": {item['why']}" if item.get("why") else ""
                before, after = (
                    before and "(content that is not shown)\n",
                    f"(other content, which is not shown{why})\n",
                )
            self.diff.append({**headers, "before": before, "after": after})
        if self.seen is not None and self.target is None:
            self.diff += attribute_diff(item)

    def _read(self) -> bytes | None:
        if not os.path.lexists(self.path):
            return None
        try:
            with open(self.path, "rb") as file:
                return file.read()
        except OSError:
            if self.target is None:
                raise
            return b""  # a link to nowhere, or to a folder

    def _validate(self) -> None:
        command = self.item.get("validate")
        if not command or (self.module.check_mode and not self.module.get_bin_path(command.split()[0])):
            return  # a check on a bare host: the program comes with the run itself
        trial = self._next_to(self.module.tmpdir)
        code, out, err = self.module.run_command([word.replace("%s", trial) for word in command.split()])
        os.unlink(trial)
        if code:
            raise Refusal(
                self.path,
                f"`{command}` does not accept what would be written:\n    {(err or out).strip()}",
                id="file-rejected-by-validator",
                remedy="nothing was changed; look at the variables that this file is made from",
            )

    def _next_to(self, folder: str) -> str:
        handle, path = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(self.wanted)
        return path

    def apply(self) -> None:
        self.was = receipt.attributes(self.path) if self.seen is not None else None
        if self.differs:
            self._put_aside()
        self.begun = True
        self._write(self.wanted, self.item)

    def _write(self, content: bytes, attributes: dict[str, Any]) -> None:
        if os.path.islink(self.path):
            os.unlink(self.path)
        if not os.path.exists(self.path):  # its rights come before its content
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        fit(self.module, self.path, attributes)
        if receipt.file_hash(self.path) != hashlib.sha256(content).hexdigest():
            self.wanted = content
            self.module.atomic_move(self._next_to(self.module.tmpdir), self.path)
            fit(self.module, self.path, attributes)

    def undo(self) -> None:
        if not self.begun:
            return
        if self.kept or self.seen is None:
            self._put_back()
        elif self.target is not None:
            switch(self.path, self.target)
        elif self.was is not None:
            self._write(self.seen, self.was)

    def left(self) -> dict[str, Any]:
        entry = {"path": self.path, **{key: self.item[key] for key in ("owner", "group", "mode")}}
        if self.item.get("secret"):
            return entry  # a weak password would be found by its hash
        return {**entry, "sha256": hashlib.sha256(self.item["content"].encode()).hexdigest()}


class Link(Entry):
    """A symbolic link, switched in one step."""

    kind = "link"

    def __init__(self, module: Any, item: dict[str, Any], ours: bool) -> None:
        super().__init__(module, item, ours)
        self.was = os.readlink(self.path) if os.path.islink(self.path) else None
        if self.was != item["to"]:
            before = f"-> {self.was}\n" if self.was else ("a file\n" if os.path.lexists(self.path) else "")
            headers = {"before_header": f"{self.path} (on the host)", "after_header": self.path}
            self.diff.append({**headers, "before": before, "after": f"-> {item['to']}\n"})

    def apply(self) -> None:
        self._put_aside()
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        switch(self.path, self.item["to"])

    def undo(self) -> None:
        if not self.begun:
            return
        if self.kept or self.was is None:
            self._put_back()
        else:
            switch(self.path, self.was)

    def left(self) -> dict[str, Any]:
        release = receipt.release_hash(self.path)
        return {"path": self.path, "to": self.item["to"], **({"release": release} if release else {})}


class Foreign(Entry):
    """A file that has no business where it lies, such as a drop-in over a unit of ours: moved aside."""

    kind = "file"

    def __init__(self, module: Any, item: dict[str, Any], ours: bool) -> None:
        super().__init__(module, item, ours)
        with open(self.path, encoding="utf-8", errors="replace") as file:
            before = file.read()
        headers = {"before_header": f"{self.path} (on the host)", "after_header": "/dev/null"}
        self.diff.append({**headers, "before": before, "after": ""})

    def apply(self) -> None:
        self._put_aside()

    def undo(self) -> None:
        if self.begun:
            self._put_back()


class Folder(Entry):
    """A folder with its owner and mode; what lies in it is nobody's business here.

    A link that leads to a folder, such as a store on another disk, stays: the folder behind it is meant.
    """

    kind = "folder"

    def __init__(self, module: Any, item: dict[str, Any], ours: bool) -> None:
        super().__init__(module, item, ours)
        self.real = os.path.realpath(self.path)
        if not os.path.isdir(self.path):
            wanted = {key: item[key] for key in ("owner", "group", "mode")}
            headers = {"before_header": self.path, "after_header": self.path}
            self.diff.append({**headers, "before": {"state": "absent"}, "after": {"state": "folder", **wanted}})
        else:
            self.diff += attribute_diff({**item, "path": self.real})
        link = foreign_link(self.path)
        if self.diff and link:
            raise Refusal(
                self.path,
                f"leads over {link}, a link that is not root's: whoever set it would choose what root gives away",
                id="path-through-foreign-link",
                expected=f"{self.real} with owner {item['owner']}, group {item['group']} and mode {item['mode']}",
                remedy=f"give the folder that the link is meant for these yourself; or chown -h root:root {link}",
            )

    def _refuse_wrong_kind(self) -> None:
        if os.path.lexists(self.path) and not os.path.isdir(self.path):
            raise Refusal(
                self.path,
                "a file stands where a folder belongs",
                id="file-in-place-of-folder",
                expected="a folder, or nothing",
                remedy="move it away",
            )

    def apply(self) -> None:
        os.makedirs(self.real, exist_ok=True)
        fit(self.module, self.real, self.item)
        self._refuse_unreachable()

    def _refuse_unreachable(self) -> None:
        """Refuse a folder that its owner cannot get to: every folder above it must let him through."""
        user = pwd.getpwnam(self.item["owner"])
        groups = {user.pw_gid} | {group.gr_gid for group in grp.getgrall() if user.pw_name in group.gr_mem}
        parent = os.path.dirname(self.real)
        while user.pw_uid and parent != "/":
            seen = os.stat(parent)
            bit = 0o100 if seen.st_uid == user.pw_uid else 0o010 if seen.st_gid in groups else 0o001
            if not seen.st_mode & bit:
                raise Refusal(
                    self.path,
                    f"user {user.pw_name} cannot get there: {parent} does not let him through",
                    id="folder-not-accessible",
                    expected="every folder above it has +x for him",
                    remedy=f"chmod o+x {parent}, or choose another place",
                )
            parent = os.path.dirname(parent)

    def undo(self) -> None:
        """Leave it: an empty folder harms nobody, and one that is not empty is not ours to take."""

    def left(self) -> dict[str, Any]:
        return {"path": self.path, **{key: self.item[key] for key in ("owner", "group", "mode")}}
