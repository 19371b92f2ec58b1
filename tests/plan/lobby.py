"""A chat, a gateway and a desktop as we want them and as they are, for the tests of the plan."""

import json
from datetime import UTC, datetime
from typing import Any

from office import KIT, SALT, room, system

from facts import facts
from llamakeep.hosts.connection import Connection
from llamakeep.inventory.door import Door
from llamakeep.inventory.fingerprint import fingerprint
from llamakeep.inventory.fleet import Host
from llamakeep.inventory.recorded import recorded
from llamakeep.observe.seen import HostFacts, Listener, Receipt, SeenUnit
from llamakeep.services.chatbox.wanted import WantedChatbox
from llamakeep.services.firewall.wanted import WantedFirewall
from llamakeep.services.gateway.observed.seen import SeenBackend, SeenCertificate, SeenGateway
from llamakeep.services.gateway.wanted.record import WantedGateway, WantedKey
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from tables import services

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MADE = "a new certificate from the internal CA"


def leads(**models: tuple[str, ...]) -> dict[str, Any]:
    """Return what the collection says a gateway leads to; a model is named without its tag."""
    names = {f"{model}:7b": hosts for model, hosts in models.items()}
    every = sorted({host for hosts in names.values() for host in hosts})
    table = {
        host: {"name": host, "slots": 1, "models": [model for model, hosts in names.items() if host in hosts]}
        for host in every
    }
    return {
        "hosts": [table[host] for host in every],
        "models": [
            {"name": model, "backend": model, "hosts": [table[host] for host in hosts]}
            for model, hosts in names.items()
        ],
        "names": {model: model for model in names},
        "chats": [{"name": "chat1", "endpoint": "192.0.2.21:8080", "takes_files": False}],
        "tags": json.dumps({"models": [{"name": model} for model in names]}, separators=(",", ":")) + "\n",
        "listed": json.dumps({"data": [{"id": model} for model in names]}, separators=(",", ":")) + "\n",
        "buffer": 65536,
    }


def chat_host(*users: str, port: int = 8080, **changed: Any) -> Host:
    inputs: dict[str, Any] = {
        "open_webui_version": "0.12.4",
        "open_webui_port": port,
        "open_webui_uploads": False,
        "open_webui_users": [{"email": user} for user in users],
        "fleet:chat_allowed_clients": {"ipv4": ["192.0.2.30"], "ipv6": []},
        "fleet:upstream": {"models": {"host": "gpu01"}, "gateway": {}},
        **changed,
    }
    return Host(
        name="chat1",
        groups=("chat_hosts",),
        connection=Connection(kind="ssh", address="192.0.2.21"),
        inputs=inputs,
        places={"open_webui_version": "group_vars/chat_hosts.yml:1", "open_webui_users": "group_vars/chat_hosts.yml:2"},
        services=services(
            firewall=WantedFirewall(),
            open_webui=WantedOpenWebui(
                version=inputs["open_webui_version"],
                door=Door(
                    name="open-webui-web",
                    into="open-webui.service",
                    port=port,
                    at=("192.0.2.21",),
                    groups=("gateway_hosts",),
                ),
                url="https://chat.example.org",
                data="/var/lib/open-webui",
                backend="192.0.2.1:11434",
                users=users,
            ),
        ),
    )


def gateway_host(*clients: str, source: str = "internal", **changed: Any) -> Host:
    inputs: dict[str, Any] = {
        "gateway_domain": "example.org",
        "gateway_rate": 600,
        "gateway_keys": {client: {"sha256": "ab" * 32} for client in clients},
        "gateway_certificate_and_key": "",
        "fleet:routes": leads(mistral=("gpu01", "gpu02")),
        **changed,
    }
    return Host(
        name="gate1",
        groups=("gateway_hosts",),
        connection=Connection(kind="ssh", address="192.0.2.30"),
        inputs=inputs,
        services=services(
            firewall=WantedFirewall(),
            gateway=WantedGateway(
                domain="example.org",
                addresses=("192.0.2.30",),
                port=443,
                certificate=source,  # type: ignore[arg-type]
                keys=tuple(WantedKey(name=client, created="2026-11-20") for client in clients),
                models={
                    model["name"]: tuple(host["name"] for host in model["hosts"])
                    for model in inputs["fleet:routes"]["models"]
                },
                chats=("chat1",),
                metrics_port=8405,
            ),
        ),
    )


def desktop_host(*users: str, version: str = "1.20.0", archive: str = "", **changed: Any) -> Host:
    models = changed.pop("models", {"mistral:7b": ("gpu01",), "llava:7b": ("gpu02",)})
    url = "https://api.example.org/v1"
    provider = {"id": "llamakeep-example.org", "address": url, "models": list(models)}
    inputs: dict[str, Any] = {
        "chatbox_version": version,
        "chatbox_archive_url": archive,
        "chatbox_users": [{"user": user, "client": f"{user}-desktop", "key": f"lk_{user}"} for user in users],
        "fleet:chats_at": {"provider": provider, "certificate": "internal"},
        "fleet:root": "-----BEGIN",
        **changed,
    }
    return Host(
        name="desk1",
        groups=("desktop_hosts",),
        connection=Connection(kind="ssh", address="192.0.2.60"),
        inputs=inputs,
        places={"chatbox_users": "group_vars/desktop_hosts.yml:1", "chatbox_version": "group_vars/desktop_hosts.yml:3"},
        services=services(
            chatbox=WantedChatbox(
                version=version,
                archive=archive,
                users=users,
                clients=tuple(f"{user}-desktop" for user in users),
                provider="llamakeep-example.org",
                url=url,
                models=models,
            )
        ),
    )


def certificate(until: str = "2027-02-20T00:00:00Z", *names: str) -> SeenCertificate:
    return SeenCertificate(names=names or ("chat.example.org", "api.example.org"), issuer="llamakeep", until=until)


def units(*names: str) -> tuple[SeenUnit, ...]:
    return tuple(
        SeenUnit(unit=name, active="active", enabled="enabled", pid=None if name.endswith(".socket") else 700 + number)
        for number, name in enumerate(names)
    )


CHAT_UNITS = ("open-webui.service", "open-webui-web.socket", "open-webui-models.socket")
GATEWAY_UNITS = ("llamakeep-gateway.service", "llamakeep-gateway.socket", "llamakeep-gateway-reader.service")


def receipt(host: Host) -> Receipt:
    managed: dict[str, Any] = {name: {} for name in host.services}
    if "open_webui" in host.services:
        managed["open_webui"] = {
            "links": [{"path": "/opt/llamakeep/open_webui/current", "to": host.must_have(WantedOpenWebui).version}]
        }
    if "gateway" in host.services:
        managed["gateway"] = {}
    if "chatbox" in host.services:
        managed["chatbox"] = {
            "links": [{"path": "/opt/llamakeep/chatbox/current", "to": host.must_have(WantedChatbox).version}]
        }
    inputs = {name: fingerprint(SALT, value) for name, value in recorded(host.inputs).items()}
    return Receipt(kit=KIT, complete=True, salt=SALT, inputs=inputs, managed=managed)


def seen_of(host: Host, **changed: Any) -> HostFacts:
    """What a host is right after a converge."""
    found: dict[str, Any] = {
        "system": system(),
        "space": room(),
        "receipt": receipt(host),
    }
    if "open_webui" in host.services:
        seen = SeenOpenWebui(
            answers=True,
            version=host.must_have(WantedOpenWebui).version,
            sign_up=False,
            admins=1,
            users=host.must_have(WantedOpenWebui).users,
        )
        socket = Listener(
            address="192.0.2.21", port=host.must_have(WantedOpenWebui).door.port, program="systemd", pid=1
        )
        found |= {"open_webui": seen, "units": units(*CHAT_UNITS), "listeners": (socket,)}
    if "gateway" in host.services:
        backends = tuple(
            SeenBackend(model=model, host=name, up=True)
            for model, names in host.must_have(WantedGateway).models.items()
            for name in names
        )
        gateway = SeenGateway(
            answers=True,
            version="3.0.11",
            certificate=certificate(),
            keys=tuple(dict.fromkeys(key.name for key in host.must_have(WantedGateway).keys)),
            backends=backends,
        )
        haproxy = Listener(address="192.0.2.30", port=443, program="haproxy", pid=901, unit="llamakeep-gateway.service")
        found |= {"gateway": gateway, "units": units(*GATEWAY_UNITS), "listeners": (haproxy,)}
    return facts(host.name, **{**found, **changed})


def bare(name: str, **changed: Any) -> HostFacts:
    return facts(name, **{"system": system(), "space": room(), **changed})
