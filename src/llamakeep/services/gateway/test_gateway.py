"""Gateway: it speaks TLS and nothing else, asks for a key, leads to hosts that are there, and tells nobody."""

import datetime
import ipaddress
from collections.abc import Iterable

from llamakeep.services.gateway.observed.seen import SeenCertificate
from llamakeep.services.gateway.verified.evidence import Asked
from llamakeep.services.gateway.verified.host import NAME, GatewayHost, reader_of
from llamakeep.verify.claim import claim
from llamakeep.verify.evidence import NotChecked, NotClaimed

_LEAST_LEFT = datetime.timedelta(days=7)
_REFUSED = (401, 403)
_HEADERS = {
    "strict-transport-security": "max-age=",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "content-security-policy": "",
}


@claim("gateway-not-running", "the gateway's units are active and come back at boot")
def test_units(gateway_host: GatewayHost) -> None:
    for each in gateway_host.units:
        unit, name = gateway_host.unit(each.name), each.name
        assert unit.active == "active", f"{name} is {unit.active}; expected: active"
        assert unit.enabled == "enabled", f"{name} is {unit.enabled or unit.load}; expected: enabled"


@claim("gateway-address-wrong", "the gateway listens where it is wanted and nowhere else")
def test_listens(gateway_host: GatewayHost) -> None:
    wanted = {ipaddress.ip_address(address) for address in gateway_host.wanted.addresses}
    port = gateway_host.wanted.port
    seen = {ipaddress.ip_address(each.address) for each in gateway_host.listeners if each.port == port}
    assert seen == wanted, f"port {port} listens on {_listed(seen)}; expected: {_listed(wanted)}"


@claim("gateway-does-not-answer", "the gateway answers over TLS to whoever calls it", journal=True)
def test_answers(gateway_host: GatewayHost) -> None:
    silent = [(call, call.unkeyed[0]) for call in gateway_host.calls if call.unkeyed[0].error]
    assert not silent, f"{silent[0][0].place}: {silent[0][1].error}"
    assert gateway_host.look.seen.answers, "it does not answer on its own host"


@claim("certificate-invalid", "its certificate is for its names, in force, and the one on disk")
def test_certificate(gateway_host: GatewayHost) -> None:
    fault = _certificate(gateway_host).fault
    assert not fault, f"{fault}; expected: chat. and api.{gateway_host.wanted.domain}"


@claim("certificate-expires-soon", "its certificate has a week left at least")
def test_certificate_lasts(gateway_host: GatewayHost) -> None:
    until = _certificate(gateway_host).until
    left = datetime.datetime.fromisoformat(until) - datetime.datetime.now(datetime.UTC)
    assert left > _LEAST_LEFT, f"it ends {until}, in {left.days} days; expected: a renewed one"


@claim("gateway-not-trusted", "whoever trusts the inventory's own root trusts the gateway")
def test_trust(gateway_host: GatewayHost) -> None:
    if gateway_host.wanted.certificate != "internal":
        raise NotClaimed("nothing is claimed of who trusts its certificate: it is not of the inventory's own CA")
    calls = gateway_host.calls
    if not gateway_host.root:
        raise NotChecked("there is no root in .ca beside the inventory")
    doubts = [f"{call.place}, {name}: {why}" for call in calls for name, why in call.trust.items() if why]
    assert not doubts, doubts[0]


@claim("gateway-answers-without-tls", "nothing is answered without TLS")
def test_plain(gateway_host: GatewayHost) -> None:
    open_ones = [call for call in gateway_host.calls if 0 < call.plain.status < 400]
    assert not open_ones, f"{open_ones[0].place}: {open_ones[0].plain.in_words}; expected: no answer"


@claim("gateway-answers-foreign-name", "the gateway answers to its own names alone")
def test_foreign_name(gateway_host: GatewayHost) -> None:
    wrong = [call for call in gateway_host.calls if not call.foreign.error and call.foreign.status != 421]
    assert not wrong, f"{wrong[0].place}, another name: {wrong[0].foreign.in_words}; expected: 421"


@claim("gateway-open-without-key", "whoever has no key neither asks, lists nor manages models")
def test_no_key(gateway_host: GatewayHost) -> None:
    wrong = [(call, each) for call in gateway_host.calls for each in _answered(call.unkeyed) if each.status != 401]
    assert not wrong, f"{wrong[0][0].place}: {wrong[0][1].in_words}; expected: 401"
    pages = [
        (call, each)
        for call in gateway_host.calls
        for each in _answered(call.unkeyed)
        if "json" not in each.headers.get("content-type", "")
    ]
    assert not pages, f"{pages[0][0].place}: {pages[0][1].in_words}, and no JSON; expected: an error that programs read"


@claim("gateway-takes-wrong-key", "a wrong key is as good as none")
def test_wrong_key(gateway_host: GatewayHost) -> None:
    wrong = [(call, each) for call in gateway_host.calls for each in _answered(call.miskeyed) if each.status != 401]
    assert not wrong, f"{wrong[0][0].place}: {wrong[0][1].in_words}; expected: 401"


@claim("gateway-logs-requests", "neither a key nor what is asked stands in the gateway's log")
def test_log(gateway_host: GatewayHost) -> None:
    key_in_log = gateway_host.look.key_in_log
    if key_in_log is None:
        raise NotChecked("the gateway's log could not be read")
    assert not key_in_log, (
        "what was asked just now stands in the journal; expected: client, endpoint, model, status and times"
    )


@claim("gateway-keys-differ", "the keys in force are those of the inventory")
def test_keys(gateway_host: GatewayHost) -> None:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    wanted = {key.name for key in gateway_host.wanted.keys if not key.until or key.until >= today}
    seen = set(gateway_host.look.seen.keys)
    assert seen <= wanted, f"{', '.join(sorted(seen - wanted))} has a key, expected: none"
    assert wanted <= seen, f"{', '.join(sorted(wanted - seen))} has no key in force, expected: one"


@claim("model-upstream-down", "each model that it leads to has a host that is there")
def test_backends(gateway_host: GatewayHost) -> None:
    seen = gateway_host.look.seen.backends
    up = {each.model for each in seen if each.up}
    missing = [name for name in gateway_host.wanted.models if name not in up]
    hosts = sorted({each.host for each in seen if not each.up and each.model in missing})
    away = f" ({', '.join(hosts)}: not there)" if hosts else ""
    assert not missing, f"no host answers for {', '.join(missing)}{away}"


@claim("gateway-route-wrong", "each model is led to all the hosts that are to have it, and to no other")
def test_routes(gateway_host: GatewayHost) -> None:
    seen: dict[str, set[str]] = {}
    for each in gateway_host.look.seen.backends:
        seen.setdefault(each.model, set()).add(each.host)
    if not seen:
        raise NotChecked("the gateway says nothing of its hosts")
    wanted = gateway_host.wanted.models
    wrong = [
        f"{name} is led to {_names(seen.get(name, ()))}, expected {_names(wanted.get(name, ()))}"
        for name in sorted({*seen, *wanted})
        if seen.get(name, set()) != set(wanted.get(name, ()))
    ]
    assert not wrong, "; ".join(wrong)


@claim("chat-upstream-down", "each chat behind the gateway is there")
def test_chats(chat_gateway_host: GatewayHost) -> None:
    up = {each.host for each in chat_gateway_host.look.chats if each.up}
    away = [name for name in chat_gateway_host.wanted.chats if name not in up]
    assert not away, f"{', '.join(away)} does not answer the gateway"


@claim("chat-unreachable-over-tls", "the chat answers at its address over TLS")
def test_chat_answers(chat_gateway_host: GatewayHost) -> None:
    silent = [(call, call.config) for call in chat_gateway_host.calls if call.config is None or not call.config.version]
    assert not silent, f"{silent[0][0].place}: {silent[0][1].in_words if silent[0][1] else 'not asked'}"


@claim("chat-open-without-login", "whoever has not logged in gets no model, no chat and no name of a user")
def test_not_logged_in(chat_gateway_host: GatewayHost) -> None:
    wrong = [
        (call, each)
        for call in chat_gateway_host.calls
        for each in _answered(call.unauthenticated)
        if each.status not in _REFUSED
    ]
    assert not wrong, f"{wrong[0][0].place}: {wrong[0][1].in_words}; expected: 401 or 403"


@claim("gateway-sign-up-open", "nobody makes an account by himself through the gateway")
def test_sign_up(chat_gateway_host: GatewayHost) -> None:
    asked = [(call, call.sign_up) for call in chat_gateway_host.calls if call.sign_up and not call.sign_up.error]
    wrong = [(call, answer) for call, answer in asked if answer.status != 403]
    assert not wrong, f"{wrong[0][0].place}: {wrong[0][1].in_words}; expected: 403"


@claim("gateway-takes-files", "no file is taken without a log-in, and from nobody where people may not attach any")
def test_attached(chat_gateway_host: GatewayHost) -> None:
    expected = _REFUSED if chat_gateway_host.wanted.takes_files else {403}
    asked = [(call, call.file) for call in chat_gateway_host.calls if call.file and not call.file.error]
    wrong = [(call, answer) for call, answer in asked if answer.status not in expected]
    assert not wrong, (
        f"{wrong[0][0].place}: {wrong[0][1].in_words}; expected: {' or '.join(map(str, sorted(expected)))}"
    )


@claim("chat-headers-missing", "the chat's pages tell browsers to keep to TLS, and to let nobody frame or guess them")
def test_headers(chat_gateway_host: GatewayHost) -> None:
    for call in chat_gateway_host.calls:
        if call.page is None or call.page.error:
            continue
        for name, value in _HEADERS.items():
            found = call.page.headers.get(name)
            assert found is not None, f"{call.place}: no {name}"
            assert value in found, f"{call.place}: {name} is {found}; expected: {value}"


@claim("gateway-metrics-exposed", "only local users of the gateway's host read its metrics")
def test_metrics(gateway_host: GatewayHost) -> None:
    port = gateway_host.wanted.metrics_port
    wide = [
        each
        for each in gateway_host.listeners
        if each.port == port and not ipaddress.ip_address(each.address).is_loopback
    ]
    assert not wide, f"port {port} listens on {wide[0].address}; expected: 127.0.0.1"


@claim("gateway-listens-elsewhere", "beside its own ports the gateway listens nowhere")
def test_no_second_way(gateway_host: GatewayHost) -> None:
    own = {gateway_host.wanted.port, gateway_host.wanted.metrics_port}
    units = {each.name for each in gateway_host.units}
    more = [each for each in gateway_host.listeners if units & {*each.units} and each.port not in own]
    assert not more, f"it also listens on {more[0].address} port {more[0].port}"


@claim("gateway-reader-not-sealed", "what reads long requests sees no network but loopback")
def test_reader(gateway_host: GatewayHost) -> None:
    inside = gateway_host.look.reader
    if inside is None:
        raise NotChecked(f"{reader_of(gateway_host.wanted)} is not running")
    more = sorted(set(inside.interfaces) - {"lo"})
    assert not more, f"it also sees {', '.join(more)}; expected: lo and nothing else"


@claim("gateway-files-readable", "nobody but root and the gateway reads its private key and its clients' hashes")
def test_files(gateway_host: GatewayHost) -> None:
    files = gateway_host.look.files
    if not files:
        raise NotChecked("there is none of its files")
    open_ones = [each for each in files if not each.mode.endswith("0") or each.owner != "root"]
    found = ", ".join(f"{each.path} is of {each.owner}, mode {each.mode}" for each in open_ones)
    assert not open_ones, f"{found}; expected: of root, and closed to everybody else"


@claim("gateway-drifted", "the gateway's files, links and units are as converge left them")
def test_is_as_left(gateway_host: GatewayHost) -> None:
    drift = gateway_host.drift_of(NAME)
    assert not drift, "; ".join(f"{each.name}: {each.found}" for each in drift)


def _certificate(gateway_host: GatewayHost) -> SeenCertificate:
    certificate = gateway_host.look.seen.certificate
    if certificate is None:
        raise NotChecked("there is no certificate that could be read")
    return certificate


def _answered(asked: tuple[Asked, ...]) -> list[Asked]:
    """Return what was answered at all: silence is checked once, elsewhere."""
    return [each for each in asked if not each.error]


def _names(names: Iterable[str]) -> str:
    return " and ".join(sorted(names)) or "nobody"


def _listed(addresses: set[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> str:
    return ", ".join(sorted(str(address) for address in addresses)) or "no address"
