"""Backups of the chats: made on their hosts, brought here, restored to the same host or to another one."""

from llamakeep.backup.restoring import chat_host, expect, listed, restore, upload
from llamakeep.backup.taking import take

__all__ = ["chat_host", "expect", "listed", "restore", "take", "upload"]
