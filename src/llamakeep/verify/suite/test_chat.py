"""Chat: sealed like the models that it asks, closed to whoever is not invited, and private to those who are."""

import ipaddress

from llamakeep import vulnerability
from llamakeep.inventory.concealed import reveal
from llamakeep.verify import front
from llamakeep.verify.claim import claim
from llamakeep.verify.evidence import NotClaimed, OfAUser, Unjudged
from llamakeep.verify.judged import ChatHost

_MOST_EXPOSED = 1.5  # systemd-analyze security, 0 to 10
_OWNERS = {"root", "open-webui"}
_OUT = "pending"  # the role of an account that is disabled


@claim("chat-not-running", "the chat's service is active and comes back at boot", journal=True)
def test_is_active(chat_host: ChatHost) -> None:
    unit, name = chat_host.service, chat_host.wanted.door.into
    assert unit.active == "active", f"{name} is {unit.active}; expected: active"
    assert unit.enabled == "enabled", f"{name} is {unit.enabled or unit.load}; expected: enabled"


@claim("chat-does-not-answer", "the wanted chat answers through its door", journal=True)
def test_answers(chat_host: ChatHost) -> None:
    seen, wanted = chat_host.look.seen, chat_host.wanted
    assert seen.answers, f"nothing answers as Open WebUI on port {wanted.door.port}"
    assert seen.version == wanted.version, f"Open WebUI {seen.version} answers; expected: {wanted.version}"


@claim("chat-vulnerable", "no vulnerability is known of the chat that runs, but those that are accepted by name")
def test_vulnerabilities(chat_host: ChatHost) -> None:
    version = chat_host.look.seen.version
    if version is None:
        raise Unjudged("the chat does not say its version")
    known = [each for each in vulnerability.of("open-webui", version) if each.id not in chat_host.wanted.accepted]
    assert not known, f"Open WebUI {version} has {known[0].name}: {known[0].says}"


@claim("chat-door-wrong", "the chat's door listens where it is wanted, and nothing but systemd holds its port")
def test_door(chat_host: ChatHost) -> None:
    door = chat_host.wanted.door
    held = [each for each in chat_host.listeners if each.port == door.port]
    others = [each for each in held if 1 not in each.pids]
    assert not others, f"{' and '.join(others[0].programs) or 'an unknown program'} listens on {others[0].address}"
    wanted = {ipaddress.ip_address(address.strip("[]")) for address in door.at}
    seen = {ipaddress.ip_address(each.address) for each in held}
    assert seen == wanted, f"port {door.port} listens on {_listed(seen)}; expected: {_listed(wanted)}"


@claim("chat-not-sealed", "the chat sees no network interface but loopback, and has no route to anywhere", journal=True)
def test_sealed(chat_host: ChatHost) -> None:
    inside = chat_host.inside
    more = sorted(set(inside.interfaces) - {"lo"})
    assert not more, f"it also sees {', '.join(more)}; expected: lo and nothing else"
    assert not inside.routes, f"{len(inside.routes)} routes, the first is {inside.routes[0]}; expected: none"


@claim(
    "chat-process-outside-seal",
    "every process of the chat is inside the seal, where everything listens on loopback only",
)
def test_sealed_processes(chat_host: ChatHost) -> None:
    astray = [each for each in chat_host.look.processes if each.namespace in {None, chat_host.host_namespace}]
    assert not astray, f"process {astray[0].pid} ({astray[0].program}) runs in the host's own network"
    wide = [each for each in chat_host.inside.listeners if not ipaddress.ip_address(each.address).is_loopback]
    assert not wide, f"port {wide[0].port} listens on {wide[0].address}; expected: 127.0.0.1 or ::1"


@claim(
    "chat-hardening-weak", "the unit seals the chat at its next start too, and systemd calls its exposure 1.5 or less"
)
def test_hardening(chat_host: ChatHost) -> None:
    unit, exposure = chat_host.service, chat_host.look.exposure
    by = f" by {unit.drop_ins[-1]}" if unit.drop_ins else ""
    assert unit.private_network, f"PrivateNetwork=no is in force{by}; expected: PrivateNetwork=yes"
    assert not unit.stale, "the unit on disk is not the one that systemd has loaded; expected: the same"
    if exposure is None:
        raise Unjudged("systemd-analyze security says nothing of it")
    assert exposure <= _MOST_EXPOSED, f"systemd-analyze security says {exposure}; expected: {_MOST_EXPOSED} or less"


@claim("chat-sign-up-open", "nobody makes an account by himself")
def test_sign_up(chat_host: ChatHost) -> None:
    look = chat_host.look
    if not look.seen.answers:
        raise Unjudged("the chat does not answer")
    assert look.seen.sign_up is False, "its page offers to sign up; expected: no such offer"
    assert look.sign_up == 403, f"who asks for an account gets status {look.sign_up or 'none'}; expected: 403"


@claim("chat-without-administrator", "the chat has an administrator")
def test_has_an_administrator(chat_host: ChatHost) -> None:
    admins = sum(user.role == "admin" for user in _users(chat_host))
    assert admins > 0, "none of its users is an administrator: the first who comes could become it"


@claim("chat-account-wrong", "everybody whom the inventory names has an account, with the role that it gives")
def test_users(chat_host: ChatHost) -> None:
    seen = {user.email.lower(): user.role for user in _users(chat_host)}
    wrong = []
    for user in reveal(chat_host.host.inputs.get("open_webui_users") or []):
        email, out = str(user["email"]), user.get("state") == "disabled"
        role = _OUT if out else str(user.get("role") or "user")
        found = seen.get(email.lower(), role if out else "not there")  # nobody is made only to be kept out
        if found != role:
            wrong.append(f"{email} is {found}, expected {role}")
    assert not wrong, "; ".join(wrong)


@claim("chat-files-readable", "nobody but root and the chat reads its database and its secrets")
def test_files(chat_host: ChatHost) -> None:
    files = chat_host.look.files
    if not files:
        raise Unjudged("there is none of its files")
    open_ones = [each for each in files if not each.mode.endswith("00") or each.owner not in _OWNERS]
    found = ", ".join(f"{each.path} is of {each.owner}, mode {each.mode}" for each in open_ones)
    assert not open_ones, f"{found}; expected: for its owner alone"


@claim("chat-secret-weak", "no secret of the chat is empty, short or among those that are tried first")
def test_secrets(chat_host: ChatHost) -> None:
    weak = chat_host.look.weak
    assert not weak, "; ".join(weak)


@claim("chat-settings-wrong", "the running chat has the settings that keep it private")
def test_settings(chat_host: ChatHost) -> None:
    wrong = _differences(chat_host, front.PRIVATE)
    assert not wrong, "; ".join(wrong)


@claim(
    "chat-foreign-origin-accepted",
    "pages of other origins cannot speak to the chat, and over TLS its cookies go nowhere else",
)
def test_origin(chat_host: ChatHost) -> None:
    url, environment = chat_host.wanted.url, _environment(chat_host)
    origins = environment.get(front.ORIGIN, "").split(";")
    assert url in origins, f"{front.ORIGIN} is {';'.join(origins) or 'empty'}; expected: {url}"
    assert "*" not in origins, f"{front.ORIGIN} lets in every page; expected: {url}"
    wrong = _differences(chat_host, front.COOKIES) if url.startswith("https:") else []
    assert not wrong, "; ".join(wrong)


@claim("chat-drifted", "the chat's files, links and units are as converge left them")
def test_is_as_left(chat_host: ChatHost) -> None:
    drift = chat_host.drift_of("open_webui")
    assert not drift, "; ".join(f"{each.name}: {each.found}" for each in drift)


def _users(chat_host: ChatHost) -> tuple[OfAUser, ...]:
    users = chat_host.look.users
    if users is None and reveal(chat_host.host.inputs.get("open_webui_database") or ""):
        raise NotClaimed("nothing is claimed of its users: they are in a database that is not on the host")
    if users is None:
        raise Unjudged("its users could not be read")
    return users


def _environment(chat_host: ChatHost) -> dict[str, str]:
    environment = chat_host.look.environment
    if not environment:
        raise Unjudged(f"{chat_host.wanted.door.into} is not running")
    return environment


def _differences(chat_host: ChatHost, wanted: dict[str, str]) -> list[str]:
    seen = _environment(chat_host)
    return [
        f"{name} is {seen.get(name, 'not set')}, expected {value}"
        for name, value in wanted.items()
        if seen.get(name, "").lower() != value
    ]


def _listed(addresses: set[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> str:
    return ", ".join(sorted(str(address) for address in addresses)) or "no address"
