"""A chat and a gateway on which every claim holds, as values; a test changes one thing."""

import datetime
from typing import Any

from healthy import HEALTHY, KIT, SALT, connection, evidence

from llamakeep.inventory.door import Door
from llamakeep.inventory.fingerprint import fingerprint
from llamakeep.inventory.fleet import Host
from llamakeep.observe.ask import units_of
from llamakeep.services.firewall.wanted import WantedFirewall
from llamakeep.services.gateway.verified.evidence import GatewayCall, GatewayEvidence
from llamakeep.services.gateway.verified.host import GatewayHost
from llamakeep.services.gateway.wanted.record import WantedGateway, WantedKey
from llamakeep.services.open_webui.verified.evidence import OpenWebuiEvidence
from llamakeep.services.open_webui.verified.host import OpenWebuiHost
from llamakeep.services.open_webui.verified.settings import COOKIES, ORIGIN, PRIVATE
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from tables import recorded, services

IN_A_MONTH = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
CHAT_DOOR = Door(
    name="open-webui-web",
    into="open-webui.service",
    port=8080,
    at=("127.0.0.1", "192.0.2.5"),
    groups=("gateway_hosts",),
    sources=("192.0.2.10",),
)
CHAT = WantedOpenWebui(
    version="0.12.4",
    door=CHAT_DOOR,
    url="https://chat.example.org",
    data="/var/lib/open-webui",
    backend="192.0.2.10:443",
    users=("ada@example.org", "bob@example.org"),
)
GATEWAY = WantedGateway(
    domain="example.org",
    addresses=("192.0.2.10",),
    port=443,
    certificate="internal",
    keys=(WantedKey(name="ann", created="2026-11-20"), WantedKey(name="ann", created="", until="2026-11-21")),
    models={"mistral:7b": ("llm1", "llm2")},
    chats=("chat1",),
    metrics_port=8405,
)
CHAT_INPUTS = {
    "open_webui_users": [{"email": "ada@example.org", "role": "admin"}, {"email": "bob@example.org"}],
    "open_webui_port": 8080,
}
SEALED = {"interfaces": ["lo"], "routes": [], "listeners": [{"address": "127.0.0.1", "port": 8080, "inode": 7}]}
CHAT_LOOK: dict[str, Any] = {
    "seen": {
        "answers": True,
        "version": "0.12.4",
        "sign_up": False,
        "admins": 1,
        "users": ["ada@example.org", "bob@example.org"],
    },
    "users": [{"email": "ada@example.org", "role": "admin"}, {"email": "bob@example.org", "role": "user"}],
    "inside": SEALED,
    "processes": [{"pid": 145, "program": "python", "namespace": "net:[2]"}],
    "exposure": 1.1,
    "environment": {name: recorded()["open_webui"].environment[name] for name in (*PRIVATE, *COOKIES, ORIGIN)},
    "files": [{"path": "/etc/llamakeep/open_webui/secret_key", "owner": "root", "mode": "0600"}],
    "weak": [],
    "sign_up": 403,
}


def asked(path: str = "/api/tags", status: int = 401, method: str = "GET", **more: Any) -> dict[str, Any]:
    json = {"content-type": "application/json"}
    return {"method": method, "path": path, "status": status, "headers": json, **more}


CALL: dict[str, Any] = {
    "caller": "the control node",
    "address": "192.0.2.10",
    "port": 443,
    "trust": {"api.example.org": "", "chat.example.org": ""},
    "plain": {"method": "GET", "path": "/api/tags", "error": "Remote end closed connection without response"},
    "foreign": asked(status=421),
    "unkeyed": [asked(), asked("/api/pull", method="POST")],
    "miskeyed": [asked(), asked()],
    "page": asked(
        "/",
        200,
        headers={
            "content-type": "text/html",
            "strict-transport-security": "max-age=31536000",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "content-security-policy": "frame-ancestors 'none'",
        },
    ),
    "config": asked("/api/config", 200, version="0.12.4"),
    "sign_up": asked("/api/v1/auths/signup", 403, method="POST"),
    "file": asked("/api/v1/files/", 403, method="POST"),
    "unauthenticated": [asked("/api/models"), asked("/api/v1/users/")],
}
GATEWAY_LOOK: dict[str, Any] = {
    "seen": {
        "answers": True,
        "version": "3.0.11",
        "certificate": {
            "names": ["chat.example.org", "api.example.org"],
            "issuer": "llamakeep internal CA 07db0581",
            "until": IN_A_MONTH,
        },
        "keys": ["ann"],
        "backends": [
            {"model": "mistral:7b", "host": "llm1", "up": True},
            {"model": "mistral:7b", "host": "llm2", "up": False},
        ],
    },
    "chats": [{"host": "chat1", "up": True}],
    "reader": {"interfaces": ["lo"], "routes": [], "listeners": []},
    "calls": [CALL | {"caller": "the host itself"}],
    "key_in_log": False,
    "files": [{"path": "/etc/llamakeep/gateway/keys.map", "owner": "root", "mode": "0640"}],
}


def listener(
    address: str, port: int, program: str = "systemd", pid: int = 1, unit: str = "init.scope"
) -> dict[str, Any]:
    return {"address": address, "port": port, "programs": [program], "pids": [pid], "units": [unit]}


def _units(host: Host) -> dict[str, Any]:
    healthy = HEALTHY["units"]["ollama.service"]
    return dict.fromkeys(units_of(host), healthy)


def _receipt(inputs: dict[str, Any]) -> dict[str, Any]:
    known = {name: fingerprint(SALT, value) for name, value in inputs.items()}
    return HEALTHY["receipt"] | {"receipt": HEALTHY["receipt"]["receipt"] | {"inputs": known}}


def _split(part: type, changes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    inner = {name: value for name, value in changes.items() if name in part.model_fields}
    return inner, {name: value for name, value in changes.items() if name not in inner}


def chat_host(**more: Any) -> Host:
    given = {
        "name": "chat1",
        "groups": ("chat_hosts",),
        "connection": connection("192.0.2.5"),
        "addresses": ("192.0.2.5",),
        "inputs": CHAT_INPUTS,
    }
    parts = {"firewall": WantedFirewall(), "open_webui": more.pop("open_webui", CHAT)}
    return Host(services=services(**parts), **(given | more))


def gateway_host(**more: Any) -> Host:
    given = {
        "name": "gate1",
        "groups": ("gateway_hosts",),
        "connection": connection("192.0.2.10"),
        "addresses": ("192.0.2.10",),
    }
    parts = {"firewall": WantedFirewall(), "gateway": more.pop("gateway", GATEWAY)}
    return Host(services=services(**parts), **(given | more))


def verified_open_webui(wanted: dict[str, Any] | None = None, **changes: Any) -> OpenWebuiHost:
    """Return the chat with changes to what was seen of it, or of its host."""
    of = CHAT.model_copy(update=wanted or {})
    host = chat_host(open_webui=of)
    inner, outer = _split(OpenWebuiEvidence, changes)
    seen = {
        "units": _units(host),
        "listeners": [listener("127.0.0.1", 8080), listener("192.0.2.5", 8080), listener("0.0.0.0", 22, "sshd", 99)],
        "receipt": _receipt(CHAT_INPUTS),
        "services": {"open_webui": CHAT_LOOK | inner},
    }
    return OpenWebuiHost(host, host.must_have(WantedOpenWebui), evidence(**(seen | outer)), "nonce", KIT)


def verified_gateway(
    wanted: dict[str, Any] | None = None, call: dict[str, Any] | None = None, **changes: Any
) -> GatewayHost:
    """Return the gateway with changes to what was seen of it, to how the control node found it, or to its host."""
    of = GATEWAY.model_copy(update=wanted or {})
    host = gateway_host(gateway=of)
    root = changes.pop("root", True)
    inner, outer = _split(GatewayEvidence, changes)
    seen = {
        "units": _units(host),
        "listeners": [
            listener("192.0.2.10", 443),
            listener("127.0.0.1", 8405, "haproxy", 300, "llamakeep-gateway.service"),
            listener("0.0.0.0", 22, "sshd", 99, "ssh.service"),
        ],
        "receipt": _receipt({}),
        "services": {"gateway": GATEWAY_LOOK | inner},
    }
    calls = (GatewayCall.model_validate(CALL | (call or {})),)
    return GatewayHost(host, host.must_have(WantedGateway), evidence(**(seen | outer)), "nonce", KIT, calls, root)
