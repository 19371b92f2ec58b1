"""Puts the Ansible collection into the wheel, where Ansible looks for it."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COLLECTION = "ansible_collections/llamakeep/fleet"
PARTS = ("galaxy.yml", "meta", "playbooks", "plugins", "roles", "templates")


class CollectionHook(BuildHookInterface):
    """Adds the collection's folders to a standard wheel; an editable install links to the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Map each part of the collection to its place under site-packages."""
        if version == "standard":
            build_data["force_include"].update({part: f"{COLLECTION}/{part}" for part in PARTS})
