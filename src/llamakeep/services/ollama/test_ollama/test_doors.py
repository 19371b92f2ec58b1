"""Doors: the only ways to the models are those that the inventory names."""

import ipaddress

from llamakeep.inventory.door import Door
from llamakeep.services.ollama.verified.host import LlmHost
from llamakeep.services.ollama.wanted import DOOR, MANAGE
from llamakeep.verify.claim import claim


@claim("door-port-taken", "nothing but systemd listens on the doors' ports")
def test_systemd_holds_the_port(llm_host: LlmHost) -> None:
    ports = {door.port for door in _doors(llm_host)}
    others = [each for each in llm_host.listeners if each.port in ports and 1 not in each.pids]
    assert not others, (
        f"{' and '.join(others[0].programs) or 'an unknown program'} listens on {others[0].address} port "
        f"{others[0].port}; expected: systemd alone"
    )


@claim("door-address-wrong", "the doors listen where they are wanted and nowhere else")
def test_door_addresses(llm_host: LlmHost) -> None:
    for door in _doors(llm_host):
        wanted = {ipaddress.ip_address(address.strip("[]")) for address in door.at}
        seen = {ipaddress.ip_address(each.address) for each in llm_host.listeners if each.port == door.port}
        expected = f"expected: {_listed(wanted)}"
        assert seen <= wanted, f"port {door.port} also listens on {_listed(seen - wanted)}; {expected}"
        assert wanted <= seen, f"port {door.port} does not listen on {_listed(wanted - seen)}; {expected}"


@claim("door-does-not-answer", "the door answers on the host itself", journal=True)
def test_door_answers(llm_host: LlmHost) -> None:
    closed = [each for each in llm_host.door if each.speaks != "ollama"]
    assert not closed, f"{closed[0].place}: {closed[0].in_words('Ollama')}; expected: Ollama answers"


@claim("server-listens-beyond-loopback", "the server itself listens nowhere but on loopback")
def test_server_listens_on_loopback(llm_host: LlmHost) -> None:
    service = llm_host.wanted.door.into
    wide = [
        each
        for each in llm_host.listeners
        if service in each.units and not ipaddress.ip_address(each.address).is_loopback
    ]
    assert not wide, f"{service} listens on {wide[0].address} port {wide[0].port}, beside its door"


@claim("engine-reachable-locally", "no local user reaches the engine but through a door")
def test_engine_is_unreachable(sealed_host: LlmHost) -> None:
    door, service = sealed_host.wanted.door.port, sealed_host.wanted.door.into
    foreign = {each.port for each in sealed_host.listeners if service not in each.units}
    engine = {each.port for each in sealed_host.inside.listeners} - foreign - {door}
    answering = [
        each
        for each in sealed_host.nobody
        if each.outcome == "answers" and (each.port in engine or each.speaks == "engine")
    ]
    assert not answering, f"{answering[0].place} answers to nobody; expected: only the door on port {door}"


@claim("second-way-to-models", "no second way leads to the models on this host")
def test_no_second_way(llm_host: LlmHost) -> None:
    door, service, manage = llm_host.wanted.door.port, llm_host.wanted.door.into, llm_host.wanted.manage.port
    # A server that is wanted open shares the host's loopback with its door: that way is a named choice.
    own = set() if llm_host.wanted.sealed else {each.port for each in llm_host.listeners if service in each.units}
    more = [each for each in llm_host.nobody if each.speaks == "ollama" and each.port not in {door, manage, *own}]
    assert not more, f"{more[0].place} answers as Ollama to nobody; expected: only the door on port {door}"


@claim("managing-not-refused", "the door for asking refuses who would manage models")
def test_managing_is_refused(llm_host: LlmHost) -> None:
    done = [each for each in llm_host.managing if each.status != 403]
    assert not done, f"{done[0].what}: status {done[0].status}; expected: 403"


@claim("managing-open-to-local-users", "no local user reaches the door for managing but those who are named")
def test_managing_is_for_those_named(llm_host: LlmHost) -> None:
    door = llm_host.wanted.manage
    reached = [each for each in llm_host.nobody if each.port == door.port and each.outcome == "answers"]
    assert not reached, f"{reached[0].place} answers to nobody; expected: {door.local_users} only"


@claim("managing-door-does-not-answer", "root reaches the door for managing", journal=True)
def test_managing_answers(llm_host: LlmHost) -> None:
    closed = [each for each in llm_host.manage if each.speaks != "ollama"]
    assert not closed, f"{closed[0].place}: {closed[0].in_words('Ollama')}; expected: Ollama answers"


@claim("foreign-host-name-accepted", "a foreign Host name is refused, so no web page can rebind its way in")
def test_foreign_host_name(llm_host: LlmHost) -> None:
    status = llm_host.api.foreign_status
    assert status == 403, f"a request for a foreign name got status {status}; expected: 403"


@claim("door-drifted", "the doors' units are as converge left them")
def test_door_is_as_left(llm_host: LlmHost) -> None:
    drift = [each for each in llm_host.drift if DOOR in each.name or MANAGE in each.name]
    assert not drift, "; ".join(f"{each.name}: {each.found}" for each in drift)


def _doors(llm_host: LlmHost) -> tuple[Door, ...]:
    return llm_host.wanted.door, llm_host.wanted.manage


def _listed(addresses: set[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> str:
    return ", ".join(sorted(str(address) for address in addresses)) or "no address"
