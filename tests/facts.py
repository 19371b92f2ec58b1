"""A host as it is, for tests of what comes after observe."""

from typing import Any

from llamakeep.observe.seen import HostFacts, Seen


def facts(host: str, **parts: Any) -> HostFacts:
    """Return a host that was reached; of its parts those that are a service's record are among its services.

    >>> facts("gpu01", system=SYSTEM, ollama=SeenOllama(answers=True))
    HostFacts(host='gpu01', reachable=True, system=…, services={'ollama': SeenOllama(answers=True, …)})
    """
    services = {name: part for name, part in parts.items() if isinstance(part, Seen)}
    others = {name: part for name, part in parts.items() if name not in services}
    return HostFacts(**{"host": host, "reachable": True, "services": services, **others})
