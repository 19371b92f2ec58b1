"""An Ollama on the host that is not this kit's, and what others changed of ours."""

from collections.abc import Iterator

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint, is_loopback

from llamakeep.observe.seen import HostFacts, Listener
from llamakeep.plan.plan import Finding
from llamakeep.services.ollama.observed.seen import Copy, SeenOllama
from llamakeep.services.ollama.wanted import WantedOllama

ENGINE = "ollama.service"
_PROGRAMS = frozenset({"ollama", "llama-server", "ollama_llama_server"})


def foreign_findings(wanted: WantedOllama, seen: HostFacts) -> Iterator[Finding]:
    """Return what answers beside the door, or bends the service behind it."""
    port = wanted.door.port
    yield from _copies(seen, port)
    yield from _open_listeners(seen, port)
    yield from _open_until_adopted(seen, port)
    yield from _published(seen, port)
    yield from _drop_ins(seen)


def _copies(seen: HostFacts, port: int) -> Iterator[Finding]:
    """Warn of other copies that run; one at the door's own port is judged there: it is adopted, or in the way."""
    for copy in _running(seen):
        if _port(copy.address) in {port, None} and _will_be_ours(copy, seen, port):
            continue
        at = f", which listens on {copy.address}" if copy.address else ""
        yield Finding(
            id="foreign-ollama-running",
            severity="warning",
            found=f"another Ollama runs here: {_who(copy)}{at}{_reach(copy.address)}: it answers beside every door",
            expected="one Ollama, behind its door",
            remedy=_stop(copy),
        )


def _open_listeners(seen: HostFacts, port: int) -> Iterator[Finding]:
    """Warn of what listens as Ollama does, beyond loopback, and is none of the copies told already."""
    ports = {_port(copy.address) for copy in _running(seen)}
    for listener in seen.listeners:
        looks = listener.program in _PROGRAMS or listener.port == 11434
        if looks and listener.port not in {port, *ports} and not is_loopback(listener.address):
            yield Finding(
                id="listener-outside-door",
                severity="warning",
                found=f"{listener.program or 'a program'} listens on {_place(listener)}, outside of any door: "
                "it is open to the network",
                expected="the door alone",
                remedy=f"stop it: ss -ltnp 'sport = :{listener.port}' names it on the host",
            )


def _open_until_adopted(seen: HostFacts, port: int) -> Iterator[Finding]:
    """Warn of the host's own service where it listens for everybody: it stays so until it is behind the door."""
    service = next((one for one in seen.units if one.unit == ENGINE and one.pid is not None), None)
    at = [
        _place(listener)
        for listener in seen.listeners
        if service is not None
        and (listener.pid, listener.port) == (service.pid, port)
        and not is_loopback(listener.address)
    ]
    if at:
        yield Finding(
            id="ollama-open-without-door",
            severity="warning",
            found=f"{ENGINE} listens on {', '.join(at)} without a door: it is open to the network",
            expected="the service sealed, behind its door",
            remedy="converge the host: llamakeep up",
        )


def _published(seen: HostFacts, port: int) -> Iterator[Finding]:
    """Refuse a container whose published port takes what comes for the door: Docker rewrites it before any filter."""
    listening = {listener.port for listener in seen.listeners}
    for copy in _running(seen):
        if copy.kind == "container" and _port(copy.address) == port and port not in listening:
            yield Finding(
                id="port-published-by-container",
                severity="blocking",
                found=f"{_who(copy)} has port {port} published: what comes for the door goes there",
                expected="a port that is the door's alone",
                remedy=_stop(copy),
            )


def _drop_ins(seen: HostFacts) -> Iterator[Finding]:
    """Warn of files that change the unit of the service; those of ours stand in the receipt."""
    server = seen.service(SeenOllama)
    if server is None:
        return
    managed = seen.receipt.managed.values() if seen.receipt is not None else ()
    ours = {file["path"] for part in managed for file in part.get("files", ())}
    foreign = [path for path in server.drop_ins if f"/{ENGINE}.d/" in path and path not in ours]
    if foreign:
        yield Finding(
            id="unit-changed-by-foreign-file",
            severity="warning",
            found=f"{ENGINE} is changed by {', '.join(foreign)}, which {'is' if len(foreign) == 1 else 'are'} not ours",
            expected="the unit as the role writes it",
            remedy="bring what it sets into ollama_environment or another option, then remove it: it may unseal "
            "the service, or have it listen elsewhere",
        )


def _running(seen: HostFacts) -> list[Copy]:
    server = seen.service(SeenOllama)
    return [copy for copy in server.copies if copy.running and not copy.ours] if server is not None else []


def _will_be_ours(copy: Copy, seen: HostFacts, port: int) -> bool:
    """Whether it is the service that is adopted, or what the rule of the port speaks of."""
    if _port(copy.address) == port:
        return True
    service = next((one for one in seen.units if one.unit == ENGINE), None)
    return service is not None and service.active == "active" and seen.receipt is None and copy.kind != "container"


def _who(copy: Copy) -> str:
    kinds = {"program": "", "process": "", "app": "the app ", "container": "the container ", "snap": "the snap "}
    return f"{kinds[copy.kind]}{copy.path}{f' ({copy.version})' if copy.version else ''}"


def _stop(copy: Copy) -> str:
    name = copy.path.split()[0] if copy.path else ""
    if copy.kind == "container":
        return f"docker stop {name}, and see that nothing starts it again"
    if copy.kind == "snap":
        return "snap stop --disable ollama"
    return f"stop it, and see that nothing starts it again: pgrep -af {name.rpartition('/')[2] or 'ollama'}"


def _reach(address: str) -> str:
    if not address or is_loopback(address):
        return ""
    return " and is open to the network"


def _place(listener: Listener) -> str:
    return endpoint(listener.address, listener.port)


def _port(address: str) -> int | None:
    """Return the port of an address; None where it has none.

    >>> _port("0.0.0.0:11434"), _port("[::]:11500"), _port("")
    (11434, 11500, None)
    """
    last = address.rpartition(":")[2]
    return int(last) if last.isdigit() and address != last else None
