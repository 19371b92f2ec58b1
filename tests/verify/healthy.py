"""A host on which every claim holds, as a value; a test changes one thing and names the sentence that breaks."""

from typing import Any

from llamakeep.hosts.connection import Connection
from llamakeep.inventory.door import Door
from llamakeep.inventory.fingerprint import fingerprint
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.lock.lock import Dimensions, Lock, LockedModel
from llamakeep.services.firewall.wanted import WantedFirewall
from llamakeep.services.ollama.verified.evidence import OllamaEvidence
from llamakeep.services.ollama.verified.host import LlmHost
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.ollama_models.wanted import WantedModels
from llamakeep.verify.evidence import Evidence, Tried
from llamakeep.verify.probed import Probed
from tables import services

KIT = "0.1.0+3f9c2a7b61de"
SALT = "5a"
INPUTS = {"ollama_keep_alive": "5m", "ollama_num_parallel": 1, "ollama_max_loaded_models": 0}
MODEL = LockedModel(
    name="smollm2:135m",
    registry="http://registry1:5000",
    path="library/smollm2",
    digest="5f" * 32,
    size=98362747,
    manifest="{}",
    dimensions=Dimensions(
        architecture="llama",
        context=8192,
        blocks=30,
        embedding=576,
        feed_forward=1536,
        heads=9,
        heads_kv=3,
        vocabulary=49152,
        kv=11520,
        file=98362432,
        embedding_bytes=30081024,
        tied=True,
        output_bytes=30081024,
    ),
)
DOOR = Door(
    name="ollama-api",
    into="ollama.service",
    port=11434,
    at=("127.0.0.1", "192.0.2.11"),
    groups=("chat_hosts",),
    sources=("192.0.2.5",),
)
WANTED = WantedOllama(
    version="0.34.4",
    archives={},
    store="/usr/share/ollama/.ollama/models",
    sealed=True,
    door=DOOR,
    context_length=8192,
)
MODELS = WantedModels(models=(MODEL,))
HEALTHY: dict[str, Any] = {
    "units": {
        name: {
            "load": "loaded",
            "active": "active",
            "enabled": "enabled",
            "pid": 145 if name == "ollama.service" else 0,
            "private_network": True,
            "stale": False,
            "drop_ins": [],
        }
        for name in (
            *("ollama.service", "ollama-api.socket", "ollama-api.service", "ollama-manage.socket"),
            *("ollama-manage.service", "llamakeep-firewall.service"),
        )
    },
    "api": {
        "version": "0.34.4",
        "cloud_disabled": True,
        "models": [{"name": MODEL.name, "digest": MODEL.digest, "capabilities": ["completion"]}],
        "foreign_status": 403,
    },
    "answer": {"model": MODEL.name, "text": "It is Paris.", "tokens": 5, "seconds": 0.4, "error": ""},
    "loaded": [{"name": MODEL.name, "size": 330626497, "size_vram": 330626497, "context": 8192}],
    "inside": {
        "interfaces": ["lo"],
        "routes": [],
        "listeners": [
            {"address": "127.0.0.1", "port": 11434, "inode": 7},
            {"address": "127.0.0.1", "port": 40123, "inode": 8},
        ],
    },
    "environment": {
        "OLLAMA_HOST": "127.0.0.1:11434",
        "OLLAMA_CONTEXT_LENGTH": "8192",
        "OLLAMA_NO_CLOUD": "1",
        "OLLAMA_MODELS": "/usr/share/ollama/.ollama/models",
        "OLLAMA_KEEP_ALIVE": "5m",
        "OLLAMA_NUM_PARALLEL": "1",
    },
    "processes": [
        {"pid": 145, "program": "ollama", "namespace": "net:[2]"},
        {"pid": 160, "program": "llama-server", "namespace": "net:[2]"},
    ],
    "host_namespace": "net:[1]",
    "listeners": [
        {"address": address, "port": port, "programs": [program], "pids": pids, "units": [unit]}
        for address, port, program, pids, unit in (
            ("127.0.0.1", 11434, "systemd", [1], "init.scope"),
            ("192.0.2.11", 11434, "systemd", [1, 170], "init.scope"),
            ("127.0.0.1", 11436, "systemd", [1], "init.scope"),
            ("0.0.0.0", 22, "sshd", [99], "ssh.service"),
        )
    ],
    "addresses": [],
    "door": [{"address": address, "port": 11434, "outcome": "answers", "speaks": "ollama"} for address in DOOR.at],
    "nobody": [
        {"address": "127.0.0.1", "port": 11434, "outcome": "answers", "speaks": "ollama"},
        {"address": "127.0.0.1", "port": 11436, "outcome": "refused", "speaks": ""},
        {"address": "127.0.0.1", "port": 40123, "outcome": "refused", "speaks": ""},
        {"address": "127.0.0.1", "port": 5432, "outcome": "answers", "speaks": ""},
    ],
    "managing": [{"what": "DELETE /api/delete", "status": 403}, {"what": "POST /api/copy", "status": 403}],
    "manage": [{"address": "127.0.0.1", "port": 11436, "outcome": "answers", "speaks": "ollama"}],
    "exposure": 1.2,
    "table": {"loaded": True, "detail": "", "rules": 12},
    "receipt_file": {"owner": 0, "group": 0, "mode": "0600"},
    "receipt": {
        "receipt": {
            "kit": KIT,
            "complete": True,
            "salt": SALT,
            "inputs": {name: fingerprint(SALT, value) for name, value in INPUTS.items()},
            "managed": {"ollama_models": {"models": [{"name": MODEL.name}]}},
        },
        "drift": [],
    },
    "journal": ["Listening on 127.0.0.1:11434"],
}


def connection(address: str = "192.0.2.11", **more: Any) -> Connection:
    return Connection(kind="ssh", address=address, user="root", **more)


def host(name: str = "llm1", groups: tuple[str, ...] = ("llm_hosts",), **more: Any) -> Host:
    given = {"connection": connection(), "addresses": ("192.0.2.11", "2001:db8::11"), "inputs": INPUTS}
    parts = {"ollama": WANTED, "ollama_models": MODELS, "firewall": WantedFirewall()}
    parts |= {one: more.pop(one) for one in ("open_webui", "gateway", "chatbox", "mutual_tls", *parts) if one in more}
    return Host(name=name, groups=groups, services=services(**parts), **(given | more))


def other(name: str, group: str, *addresses: str) -> Host:
    return Host(name=name, groups=(group,), connection=connection(addresses[0]), addresses=addresses)


def fleet(*hosts: Host) -> Fleet:
    return Fleet(inventory="inventories/office", lock=Lock(models={MODEL.name: MODEL}), hosts=hosts)


def evidence(**changes: Any) -> Evidence:
    """Return what was found on a host with changes: of its server, of its firewall's table, or of the host."""
    whole = HEALTHY | changes
    server = {name: whole[name] for name in OllamaEvidence.model_fields if name in whole}
    rest = {name: value for name, value in whole.items() if name not in {*server, "table", "services"}}
    services = {"ollama": server, "firewall": {"table": whole["table"]}, **whole.get("services", {})}
    return Evidence.model_validate({**rest, "services": services})


def verified_ollama(wanted: dict[str, Any] | None = None, **changes: Any) -> LlmHost:
    told = wanted or {}
    models = MODELS.model_copy(update={name: told[name] for name in ("models", "on_misfit") if name in told})
    of = WANTED.model_copy(update={name: value for name, value in told.items() if name not in ("models", "on_misfit")})
    held = host(ollama=of, ollama_models=models)
    return LlmHost(held, held.must_have(WantedOllama), evidence(**changes), "nonce", KIT)


def drift(kind: str, name: str, found: str) -> dict[str, Any]:
    return HEALTHY["receipt"] | {"drift": [{"kind": kind, "name": name, "found": found}]}


def unit(name: str = "ollama.service", **changes: Any) -> dict[str, Any]:
    return HEALTHY["units"] | {name: HEALTHY["units"][name] | changes}


def probed(*tried: tuple[str, str, str], prober: str = "outsider", lost: str = "") -> Probed:
    found = [Tried(address=at, port=11434, outcome=outcome, speaks=speaks) for at, outcome, speaks in tried]
    return Probed(prober, tuple(found), lost)
