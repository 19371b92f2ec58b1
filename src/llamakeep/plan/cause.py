"""Why something would change: which input is not the one that the host was made with, and where it stands."""

import hmac
from collections.abc import Iterator

from llamakeep.inventory.fingerprint import fingerprint
from llamakeep.inventory.fleet import Host
from llamakeep.inventory.recorded import recorded
from llamakeep.observe.seen import Receipt
from llamakeep.plan.stage import Elsewhere, stages

_FLEET = "fleet:"
_MODEL = "lock:model:"


def differing(host: Host, receipt: Receipt) -> frozenset[str]:
    """Return the names of the inputs whose values are not those of the receipt.

    >>> differing(host, receipt)
    frozenset({'ollama_version', 'lock:ollama'})
    """
    inputs = recorded(host.inputs)
    # A model that is left out now was brought once: it stays, and its pin is nobody's any more.
    there = {name for name in receipt.inputs if name in inputs or not name.startswith(_MODEL)}
    # A receipt that knows nothing of a part of the fleet cannot say that it has changed.
    names = {name for name in inputs.keys() | there if not name.startswith(_FLEET) or name in inputs.keys() & there}
    return frozenset(
        name
        for name in names
        if name not in inputs
        or not hmac.compare_digest(fingerprint(receipt.salt, inputs[name]), receipt.inputs.get(name, ""))
    )


def elsewhere(name: str) -> Iterator[Elsewhere]:
    """Return what is said of an input that stands elsewhere in the inventory, by the services that are made from it."""
    for stage in stages().values():
        if name in stage.elsewhere:
            yield stage.elsewhere[name]


def place_of(host: Host, name: str) -> str:
    """Return variable and place, as a reason.

    >>> place_of(host, "ollama_version")
    'ollama_version, group_vars/llm_hosts.yml:4'
    """
    if name.startswith("lock:"):
        return "llamakeep.lock"
    if name.startswith(_FLEET):
        return next((one.place for one in elsewhere(name)), name)
    if name in host.places:
        return f"{name}, {host.places[name]}"
    return f"{name}, its default" if name in host.inputs else name
