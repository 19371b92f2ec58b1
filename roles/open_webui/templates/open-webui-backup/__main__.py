"""Backs up the chat of this host, and restores it.

  open-webui-backup make [REASON]                  a backup now; hand, schedule
  open-webui-backup list                           what there is, the newest first
  open-webui-backup send NAME                      one of them, to stdout
  open-webui-backup receive NAME SIZE SHA256       one from elsewhere, from stdin
  open-webui-backup check NAME                     whether it could be restored here, and what it holds
  open-webui-backup restore NAME                   the chat as it was then
  open-webui-backup before VERSION                 another version is about to take over

Answers with JSON. Status 2: refused, and nothing was touched; 1: it did not work, and what was there before is back.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from typing import Any

import archive
import change
import make
import place
import restore


def send(chat: place.Chat, name: str) -> None:
    """Write a backup to stdout, as it lies there."""
    path = restore.within(chat, name)
    try:
        source = path.open("rb")
    except FileNotFoundError as error:
        raise place.Refusal(path, "is not there", remedy="llamakeep restore --list names those that are") from error
    with source:
        shutil.copyfileobj(source, sys.stdout.buffer, archive.PIECE)


def made(chat: place.Chat, reason: str = "hand") -> dict[str, Any]:
    """Make a backup and say its sha256, by which it is compared wherever it comes to."""
    if reason not in make.REASONS:
        raise place.Refusal(reason, "is no reason", f"one of {', '.join(make.REASONS)}")
    found = make.make(chat, reason)
    with open(found["path"], "rb") as file:  # noqa: PTH123
        return {**found, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


VERBS: dict[str, Callable[..., Any]] = {
    "make": made,
    "list": lambda chat: {"backups": make.listed(chat)},
    "send": send,
    "receive": lambda chat, name, size, sha256: restore.receive(chat, name, int(size), sha256, sys.stdin.buffer),
    "check": restore.check,
    "restore": restore.restore,
    "before": change.before,
}


def main(verb: str = "", *words: str) -> int:
    if verb not in VERBS:
        sys.exit(__doc__)
    os.umask(0o077)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # what was begun is brought to its end
    try:
        chat = place.chat()
        if verb != "before":  # whoever runs that database sees to it before another version
            place.refuse_elsewhere(chat)
        answer = VERBS[verb](chat, *words)
    except place.Refusal as refusal:
        sys.stderr.write(f"{refusal.text}\n")
        return 1 if isinstance(refusal, restore.Failed) else 2
    except OSError as error:
        sys.stderr.write(f"{error.filename or verb}: {error.strerror or error}\n")
        return 1
    if answer is not None:
        print(json.dumps(answer))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
