"""Chat: sealed like the models that it asks, closed to whoever is not allowed, and private to those who are."""

import ipaddress

from llamakeep import vulnerability
from llamakeep.inventory.concealed import reveal
from llamakeep.services.open_webui.verified.evidence import OfAUser
from llamakeep.services.open_webui.verified.host import NAME, OpenWebuiHost
from llamakeep.services.open_webui.verified.settings import COOKIES, ORIGIN, PRIVATE
from llamakeep.services.open_webui.wanted import PRODUCT, USERS
from llamakeep.verify.claim import claim
from llamakeep.verify.evidence import NotChecked, NotClaimed

_MOST_EXPOSED = 1.5  # systemd-analyze security, 0 to 10
_OWNERS = {"root", "open-webui"}
_OUT = "pending"  # the role of an account that is disabled


@claim("chat-not-running", "the chat's service is active and comes back at boot", journal=True)
def test_is_active(open_webui_host: OpenWebuiHost) -> None:
    unit, name = open_webui_host.service, open_webui_host.wanted.door.into
    assert unit.active == "active", f"{name} is {unit.active}; expected: active"
    assert unit.enabled == "enabled", f"{name} is {unit.enabled or unit.load}; expected: enabled"


@claim("chat-does-not-answer", "the wanted chat answers through its door", journal=True)
def test_answers(open_webui_host: OpenWebuiHost) -> None:
    seen, wanted = open_webui_host.look.seen, open_webui_host.wanted
    assert seen.answers, f"nothing answers as Open WebUI on port {wanted.door.port}"
    assert seen.version == wanted.version, f"Open WebUI {seen.version} answers; expected: {wanted.version}"


@claim("chat-vulnerable", "no vulnerability is known of the chat that runs, but those that are accepted by name")
def test_vulnerabilities(open_webui_host: OpenWebuiHost) -> None:
    version = open_webui_host.look.seen.version
    if version is None:
        raise NotChecked("the chat does not say its version")
    known = [each for each in vulnerability.of(PRODUCT, version) if each.id not in open_webui_host.wanted.accepted]
    assert not known, f"Open WebUI {version} has {known[0].name}: {known[0].says}"


@claim("chat-door-wrong", "the chat's door listens where it is wanted, and nothing but systemd holds its port")
def test_door(open_webui_host: OpenWebuiHost) -> None:
    door = open_webui_host.wanted.door
    held = [each for each in open_webui_host.listeners if each.port == door.port]
    others = [each for each in held if 1 not in each.pids]
    assert not others, f"{' and '.join(others[0].programs) or 'an unknown program'} listens on {others[0].address}"
    wanted = {ipaddress.ip_address(address.strip("[]")) for address in door.at}
    seen = {ipaddress.ip_address(each.address) for each in held}
    assert seen == wanted, f"port {door.port} listens on {_listed(seen)}; expected: {_listed(wanted)}"


@claim("chat-not-sealed", "the chat sees no network interface but loopback, and has no route to anywhere", journal=True)
def test_sealed(open_webui_host: OpenWebuiHost) -> None:
    inside = open_webui_host.inside
    more = sorted(set(inside.interfaces) - {"lo"})
    assert not more, f"it also sees {', '.join(more)}; expected: lo and nothing else"
    assert not inside.routes, f"{len(inside.routes)} routes, the first is {inside.routes[0]}; expected: none"


@claim(
    "chat-process-outside-seal",
    "every process of the chat is inside the seal, where everything listens on loopback only",
)
def test_sealed_processes(open_webui_host: OpenWebuiHost) -> None:
    astray = [
        each for each in open_webui_host.look.processes if each.namespace in {None, open_webui_host.host_namespace}
    ]
    assert not astray, f"process {astray[0].pid} ({astray[0].program}) runs in the host's own network"
    wide = [each for each in open_webui_host.inside.listeners if not ipaddress.ip_address(each.address).is_loopback]
    assert not wide, f"port {wide[0].port} listens on {wide[0].address}; expected: 127.0.0.1 or ::1"


@claim(
    "chat-hardening-weak", "the unit seals the chat at its next start too, and systemd calls its exposure 1.5 or less"
)
def test_hardening(open_webui_host: OpenWebuiHost) -> None:
    unit, exposure = open_webui_host.service, open_webui_host.look.exposure
    by = f" by {unit.drop_ins[-1]}" if unit.drop_ins else ""
    assert unit.private_network, f"PrivateNetwork=no is in force{by}; expected: PrivateNetwork=yes"
    assert not unit.stale, "the unit on disk is not the one that systemd has loaded; expected: the same"
    if exposure is None:
        raise NotChecked("systemd-analyze security says nothing of it")
    assert exposure <= _MOST_EXPOSED, f"systemd-analyze security says {exposure}; expected: {_MOST_EXPOSED} or less"


@claim("chat-sign-up-open", "nobody makes an account by himself")
def test_sign_up(open_webui_host: OpenWebuiHost) -> None:
    look = open_webui_host.look
    if not look.seen.answers:
        raise NotChecked("the chat does not answer")
    assert look.seen.sign_up is False, "its page offers to sign up; expected: no such offer"
    assert look.sign_up == 403, f"who asks for an account gets status {look.sign_up or 'none'}; expected: 403"


@claim("chat-without-administrator", "the chat has an administrator")
def test_has_an_administrator(open_webui_host: OpenWebuiHost) -> None:
    admins = sum(user.role == "admin" for user in _users(open_webui_host))
    assert admins > 0, "none of its users is an administrator: the first who comes could become it"


@claim("chat-account-wrong", "everybody whom the inventory names has an account, with the role that it gives")
def test_users(open_webui_host: OpenWebuiHost) -> None:
    seen = {user.email.lower(): user.role for user in _users(open_webui_host)}
    wrong = []
    for user in reveal(open_webui_host.host.inputs.get(USERS) or []):
        email, out = str(user["email"]), user.get("state") == "disabled"
        role = _OUT if out else str(user.get("role") or "user")
        found = seen.get(email.lower(), role if out else "not there")  # nobody is made only to be kept out
        if found != role:
            wrong.append(f"{email} is {found}, expected {role}")
    assert not wrong, "; ".join(wrong)


@claim("chat-files-readable", "nobody but root and the chat reads its database and its secrets")
def test_files(open_webui_host: OpenWebuiHost) -> None:
    files = open_webui_host.look.files
    if not files:
        raise NotChecked("there is none of its files")
    open_ones = [each for each in files if not each.mode.endswith("00") or each.owner not in _OWNERS]
    found = ", ".join(f"{each.path} is of {each.owner}, mode {each.mode}" for each in open_ones)
    assert not open_ones, f"{found}; expected: for its owner alone"


@claim("chat-secret-weak", "no secret of the chat is empty, short or among those that are tried first")
def test_secrets(open_webui_host: OpenWebuiHost) -> None:
    weak = open_webui_host.look.weak
    assert not weak, "; ".join(weak)


@claim("chat-settings-wrong", "the running chat has the settings that keep it private")
def test_settings(open_webui_host: OpenWebuiHost) -> None:
    wrong = open_webui_host.differences(PRIVATE)
    assert not wrong, "; ".join(wrong)


@claim(
    "chat-foreign-origin-accepted",
    "pages of other origins cannot speak to the chat, and over TLS its cookies go nowhere else",
)
def test_origin(open_webui_host: OpenWebuiHost) -> None:
    url, environment = open_webui_host.wanted.url, open_webui_host.environment
    origins = environment.get(ORIGIN, "").split(";")
    assert url in origins, f"{ORIGIN} is {';'.join(origins) or 'empty'}; expected: {url}"
    assert "*" not in origins, f"{ORIGIN} lets in every page; expected: {url}"
    wrong = open_webui_host.differences(COOKIES) if url.startswith("https:") else []
    assert not wrong, "; ".join(wrong)


@claim("chat-drifted", "the chat's files, links and units are as converge left them")
def test_is_as_left(open_webui_host: OpenWebuiHost) -> None:
    drift = open_webui_host.drift_of(NAME)
    assert not drift, "; ".join(f"{each.name}: {each.found}" for each in drift)


def _users(open_webui_host: OpenWebuiHost) -> tuple[OfAUser, ...]:
    users = open_webui_host.look.users
    if users is None and reveal(open_webui_host.host.inputs.get("open_webui_database") or ""):
        raise NotClaimed("nothing is claimed of its users: they are in a database that is not on the host")
    if users is None:
        raise NotChecked("its users could not be read")
    return users


def _listed(addresses: set[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> str:
    return ", ".join(sorted(str(address) for address in addresses)) or "no address"
