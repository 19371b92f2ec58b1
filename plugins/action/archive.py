"""Bring a release archive, and pass on how far it is."""

from __future__ import annotations

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.progress import WatchedAction


class ActionModule(WatchedAction):
    """The module `llamakeep.fleet.archive`, watched."""

    stage = "archive"
