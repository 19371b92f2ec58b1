"""The records of one made-up run: a proven host that plays a part, a broken one, and one that nobody reached."""

from pathlib import Path

from llamakeep.converge.log import Failure, HostLog, RunLog
from llamakeep.hosts.connection import Connection
from llamakeep.inventory.door import Door
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.lock.lock import Lock, LockedModel
from llamakeep.observe.seen import Accelerator, Gpu, HostFacts, Observation, System
from llamakeep.plan.plan import Change, Finding, HostPlan, Plan
from llamakeep.record import Record
from llamakeep.runs import STAGES
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.ollama_models.wanted import WantedModels
from llamakeep.verify.check import Check, Verdict
from tables import services

INVENTORY = "inventories/office"
NAME = "2026-11-22T17-05-11-000000Z"
MODEL = LockedModel(
    name="mistral:7b",
    registry="http://registry1:5000",
    path="library/mistral",
    digest="5f" * 32,
    size=4402341478,
    manifest="{}",
)
OLLAMA = WantedOllama(
    version="0.34.4",
    archives={},
    store="/usr/share/ollama/.ollama/models",
    sealed=True,
    door=Door(
        name="ollama-api",
        into="ollama.service",
        port=11434,
        at=("127.0.0.1", "192.0.2.11"),
        groups=("chat_hosts",),
        sources=("192.0.2.5",),
    ),
    context_length=8192,
)
MODELS = WantedModels(models=(MODEL,))
SYSTEM = System(
    os="debian",
    os_version="13",
    os_name="Debian GNU/Linux 13 (trixie)",
    architecture="amd64",
    kernel="6.12",
    init="systemd 257",
    cpus=4,
    memory=8 << 30,
    python="3.13.5",
    root="is root",
)
GPU = Gpu(name="NVIDIA GeForce RTX 4090", memory=24 << 30, driver="550.54.14")


def _host(name: str, last: int, ollama: WantedOllama | None = OLLAMA, groups: tuple[str, ...] = ("llm_hosts",)) -> Host:
    address = f"192.0.2.{last}"
    having = services(ollama=ollama, ollama_models=MODELS) if ollama else {}
    reached = Connection(kind="ssh", address=address, user="root")
    return Host(name=name, groups=groups, connection=reached, addresses=(address,), services=having)


FLEET = Fleet(
    inventory=INVENTORY,
    lock=Lock(models={MODEL.name: MODEL}),
    hosts=(
        _host("gpu01", 11),
        _host("gpu02", 12),
        _host("gpu03", 13),
        _host("chat01", 5, None, ("chat_hosts",)),
    ),
)
OBSERVATION = Observation(
    inventory=INVENTORY,
    seconds=1.4,
    hosts=(
        HostFacts(
            host="gpu01",
            reachable=True,
            simulated=True,
            system=SYSTEM,
            accelerator=Accelerator(kind="nvidia", gpus=(GPU,), simulated=True),
            services={"ollama": SeenOllama(answers=True, version="0.34.4-standin")},
        ),
        HostFacts(host="gpu02", reachable=True, system=SYSTEM),
        HostFacts(host="gpu03", reachable=False, unreachable="no route to host"),
        HostFacts(host="chat01", reachable=True, system=SYSTEM),
    ),
)
PLAN = Plan(
    inventory=INVENTORY,
    hosts=(
        HostPlan(
            host="gpu02",
            findings=(
                Finding(
                    id="clock-off", severity="warning", found="the clock is 90 s off", remedy="start an NTP service"
                ),
            ),
            changes=(
                Change(what="+ mistral:7b", why="group_vars/llm_hosts.yml:4", size=4402341478, source="registry1"),
                Change(what="ollama 0.32.9 → 0.34.4", why="ollama_version", restarts=("ollama.service",)),
            ),
        ),
        HostPlan(host="gpu01"),
    ),
)
LOG = RunLog(
    inventory=INVENTORY,
    seconds=41.0,
    hosts=(
        HostLog(host="gpu01", state="changed", changed=2, changes=("install | Bring the locked release",)),
        HostLog(host="gpu02", state="failed", failure=Failure(task="models | Bring", message="no space: <4.1 GiB>")),
    ),
)
IDS = {"sealed": "service-sees-network", "models": "model-digest-wrong", "firewall": "firewall-table-gone"}


def _check(host: str, subject: str, claim: str, *, found: str = "", checked: bool = True, about: str = "") -> Check:
    remedy = f"llamakeep up -i {INVENTORY} --limit {host}" if found else ""
    return Check(
        host=host,
        id=IDS[subject],
        subject=subject,
        about=about,
        claim=claim,
        holds=not found,
        checked=checked,
        found=found,
        remedy=remedy,
    )


VERDICT = Verdict(
    inventory=INVENTORY,
    seconds=2.9,
    notes=("no host of group untrusted: reach is shown from the control node only",),
    checks=(
        _check("gpu01", "sealed", "the service sees no network interface but loopback"),
        _check("gpu01", "models", "mistral:7b is served with the locked digest", about="mistral:7b"),
        Check(
            host="gpu01",
            id="model-does-not-answer",
            subject="answers",
            claim="a model answers",
            holds=True,
            seconds=0.41,
        ),
        _check("gpu02", "sealed", "the service sees no network interface but loopback"),
        _check("gpu02", "firewall", "the table is in force", found="it is gone\n  journal: \x1b[31m<oops> & more"),
        _check("gpu02", "models", "mistral:7b is served", found="the server does not list it", about="mistral:7b"),
        _check("gpu03", "sealed", "the service sees no …", found="could not be checked: no route", checked=False),
    ),
)
RECORDS: dict[str, Record] = {
    "inventory": FLEET,
    "observe": OBSERVATION,
    "plan": PLAN,
    "converge": LOG,
    "verify": VERDICT,
}


def recorded(base: Path, *stages: str, name: str = NAME) -> Path:
    """Write the records of some stages, or of all, as a run leaves them."""
    folder = base / name
    folder.mkdir(parents=True)
    for stage in stages or RECORDS:
        (folder / f"{STAGES.index(stage) + 1}-{stage}.json").write_text(RECORDS[stage].model_dump_json())
    return folder
