"""What is asked of the front door: of the chat and the gateway on their hosts, and of the gateway from here."""

from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import nearest

from llamakeep.inventory.fleet import Host
from llamakeep.services.gateway.observed import fact as gateway
from llamakeep.services.gateway.wanted import WantedGateway
from llamakeep.services.open_webui.observed import fact as open_webui
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from llamakeep.verify import reach
from llamakeep.verify.evidence import GatewayCall
from llamakeep.verify.probe import front

HERE = "the control node"
READER = "llamakeep-gateway-reader.service"
# Settings of the chat without which it calls out, lets people in, runs their code, or shows an administrator chats.
# Each has the value that the role writes; none of them is a secret.
PRIVATE = {
    "WEBUI_AUTH": "true",
    "ENABLE_SIGNUP": "false",
    "ENABLE_PERSISTENT_CONFIG": "false",
    "OFFLINE_MODE": "true",
    "ENABLE_VERSION_UPDATE_CHECK": "false",
    "ENABLE_COMMUNITY_SHARING": "false",
    "ENABLE_DIRECT_CONNECTIONS": "false",
    "ENABLE_WEB_SEARCH": "false",
    "ENABLE_ADMIN_CHAT_ACCESS": "false",
    "ENABLE_ADMIN_EXPORT": "false",
    "ENABLE_PLUGINS": "false",
    "ENABLE_CODE_EXECUTION": "false",
    "ENABLE_CODE_INTERPRETER": "false",
    "ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS": "false",
}
COOKIES = {
    "WEBUI_AUTH_COOKIE_SECURE": "true",
    "WEBUI_SESSION_COOKIE_SECURE": "true",
    "WEBUI_AUTH_COOKIE_SAME_SITE": "strict",
    "WEBUI_SESSION_COOKIE_SAME_SITE": "strict",
}
ORIGIN = "CORS_ALLOW_ORIGIN"
_FOREIGN_HOST = "rebound.example"
_PATIENCE = 10.0  # seconds for an answer; a chat that was stopped starts meanwhile
_CERTIFICATE = Path(".ca") / "root.crt"


def root_of(inventory: str) -> str:
    """Return the root of the inventory's own CA as PEM; empty where it has none."""
    path = Path(inventory)
    try:
        return ((path if path.is_dir() else path.parent) / _CERTIFICATE).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def of_chat(wanted: WantedOpenWebui) -> dict[str, Any]:
    """Return what the probe needs to look at a chat."""
    return {
        "service": wanted.door.into,
        "door": [nearest(wanted.door.at), wanted.door.port],
        "data": wanted.data,
        "plain": [*PRIVATE, *COOKIES, ORIGIN],
        "source": open_webui.source(),
    }


def of_gateway(wanted: WantedGateway, root: str, nonce: str) -> dict[str, Any]:
    """Return what the probe needs to look at a gateway."""
    at = nearest(wanted.addresses)
    return {
        "door": [at, wanted.port],
        "domain": wanted.domain,
        "metrics_port": wanted.metrics_port,
        "reader": READER,
        "source": gateway.source(),
        "call": _call(wanted, at, root, nonce),
    }


def from_here(host: Host, root: str, nonce: str) -> tuple[GatewayCall, ...]:
    """Call a gateway from this machine, at each address that is open to others."""
    wanted = host.service(WantedGateway)
    if wanted is None or host.connection.kind == "local":
        return ()
    found = []
    for address in reach.open_at(host, wanted.addresses):
        said = front.Call(_call(wanted, address, root, nonce)).all()
        found.append(GatewayCall.model_validate({"caller": HERE, **said}))
    return tuple(found)


def _call(wanted: WantedGateway, address: str, root: str, nonce: str) -> dict[str, Any]:
    return {
        "address": address,
        "port": wanted.port,
        "domain": wanted.domain,
        "has_chat": bool(wanted.chats),
        "root": root if wanted.certificate == "internal" else "",
        "nonce": nonce,
        "patience": _PATIENCE,
        "foreign_host": _FOREIGN_HOST,
    }
