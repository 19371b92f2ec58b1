"""The models that an inventory asks for, by the collection's rule; what is secret in them is never said."""

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import wishes as rule
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.wishes import OPTION, Wish

from llamakeep.inventory.concealed import redact, reveal


def wishes(items: Any, place: str = OPTION) -> tuple[Wish, ...]:
    """Return each model that the items ask for once, in their order; refuse everything that is wrong at once."""
    return rule.wishes(reveal(items), place, redact(items))
