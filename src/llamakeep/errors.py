"""The one way in which the kit says no; the collection's class, so that whoever refuses, it is one and the same."""

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals, refuse

__all__ = ["Refusal", "Refusals", "refuse"]
