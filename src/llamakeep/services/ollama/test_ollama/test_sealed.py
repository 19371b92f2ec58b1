"""Sealed: the service has a network of its own that holds nothing but loopback."""

import ipaddress

from llamakeep.services.ollama.verified.host import LlmHost
from llamakeep.verify.claim import claim
from llamakeep.verify.evidence import Process


@claim("service-sees-network", "the service sees no network interface but loopback", journal=True)
def test_interfaces(sealed_host: LlmHost) -> None:
    more = sorted(set(sealed_host.inside.interfaces) - {"lo"})
    assert not more, f"it also sees {', '.join(more)}; expected: lo and nothing else"


@claim("service-has-route", "the service has no route to anywhere, on IPv4 or IPv6")
def test_routes(sealed_host: LlmHost) -> None:
    routes = sealed_host.inside.routes
    assert not routes, f"{len(routes)} routes, the first is {routes[0]}; expected: none"


@claim("process-outside-seal", "every process of the service is inside the same seal")
def test_one_namespace(sealed_host: LlmHost) -> None:
    interfaces = sealed_host.inside.interfaces  # of the main process, which has to run for this to mean anything
    assert interfaces, "the service sees no network at all, not even loopback"
    unread = [process for process in sealed_host.processes if process.namespace is None]
    assert not unread, f"the namespace of {_named(unread[0])} could not be read"
    outside = [process for process in sealed_host.processes if process.namespace == sealed_host.host_namespace]
    assert not outside, f"{_named(outside[0])} runs in the host's own network"
    main = next((each.namespace for each in sealed_host.processes if each.pid == sealed_host.service.pid), None)
    astray = [process for process in sealed_host.processes if process.namespace != main]
    assert not astray, f"{_named(astray[0])} runs in another network than the service"


@claim("listens-beyond-loopback-in-seal", "inside the seal everything listens on loopback only")
def test_listens_on_loopback(sealed_host: LlmHost) -> None:
    wide = [each for each in sealed_host.inside.listeners if not ipaddress.ip_address(each.address).is_loopback]
    assert not wide, f"port {wide[0].port} listens on {wide[0].address}; expected: 127.0.0.1 or ::1"


@claim("unit-not-sealed", "the unit seals the service at its next start too")
def test_unit_is_sealed(sealed_host: LlmHost) -> None:
    unit = sealed_host.service
    by = f" by {unit.drop_ins[-1]}" if unit.drop_ins else ""
    assert unit.private_network, f"PrivateNetwork=no is in force{by}; expected: PrivateNetwork=yes"
    assert not unit.stale, "the unit on disk is not the one that systemd has loaded; expected: the same"


def _named(process: Process) -> str:
    return f"process {process.pid} ({process.program})"
