"""Gathering the evidence of a whole fleet: every host at once, one round trip each."""

import secrets
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import here, nearest

from llamakeep import collection
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.observe.ask import units_of
from llamakeep.services.chatbox.wanted import WantedChatbox
from llamakeep.services.gateway.wanted import WantedGateway
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.ollama_models.wanted import WantedModels
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from llamakeep.verify import desktop, front, question, reach, settings, transport
from llamakeep.verify.evidence import Evidence, GatewayCall, Knock
from llamakeep.verify.probe import knock
from llamakeep.verify.reach import Round

TABLE = "inet llamakeep"
FOREIGN_HOST = "rebound.example"
_AT_ONCE = 64  # ssh processes
_PATIENCE = 2.0  # seconds for a knock from outside: TCP asks again after one
_HEARING = 10.0  # seconds for what is said behind a door: the service may have to start
_ANSWER_PATIENCE = 300.0  # seconds for a model to be loaded and to answer
_LIMIT = 420  # seconds after which a probe ends itself
_DEEP_LIMIT = 6 * 3600  # the same, when every blob is hashed


@dataclass
class Gathered:
    """All evidence, by host, and every knock by who knocked at whom."""

    nonce: str
    evidence: dict[str, Evidence] = field(default_factory=dict)
    # By who knocked, at which host, at which door; and who could not, and why.
    knocks: dict[tuple[str, str, str], tuple[Knock, ...]] = field(default_factory=dict)
    lost: dict[tuple[str, str, str], str] = field(default_factory=dict)
    calls: dict[str, tuple[GatewayCall, ...]] = field(default_factory=dict)  # of the control node, by gateway


def gather(fleet: Fleet, targets: Iterable[Host], rounds: list[Round], *, deep: bool, root: str = "") -> Gathered:
    """Look at the targets and knock at them from everywhere, all at once; a host that fails stops no other."""
    found = Gathered(secrets.token_hex(16))
    with tempfile.TemporaryDirectory(prefix="lk-") as folder, ThreadPoolExecutor(_AT_ONCE) as pool:
        line = _Line(fleet, Path(folder), root)
        looks = {host.name: pool.submit(_look, line, host, deep, found.nonce) for host in targets}
        knocks = [(each, pool.submit(_knock, line, each)) for each in reach.of(rounds, invited=False)]
        found.evidence = {name: look.result() for name, look in looks.items()}
        # A guest who gets in starts a service that was stopped: it knocks when the host has been seen as it was.
        later = [*reach.of(rounds, invited=True), *reach.forgotten(rounds, found.evidence)]
        knocks += [(each, pool.submit(_knock, line, each)) for each in later]
        calls = {
            host.name: pool.submit(front.from_here, host, root, found.nonce)
            for host in targets
            if host.service(WantedGateway)
        }
        for each, answer in knocks:
            _enter(found, each, answer.result())
        found.calls = {name: call.result() for name, call in calls.items()}
    return found


class _Line:
    """The connections of one gathering."""

    def __init__(self, fleet: Fleet, folder: Path, root: str) -> None:
        self.fleet = fleet
        self.root = root  # of the internal CA, as PEM; empty: there is none
        self.config = transport.ssh_config(fleet.hosts, folder)
        self.receipt = (collection.root() / "plugins" / "module_utils" / "receipt.py").read_text(encoding="utf-8")

    def ask(self, host: Host, verb: str, request: dict[str, Any], limit: int) -> dict[str, Any]:
        return transport.ask(host, transport.reach(host, self.config), verb, request, limit)


def _look(line: _Line, host: Host, deep: bool, nonce: str) -> Evidence:
    request: dict[str, Any] = {"deep": deep, "receipt_source": line.receipt, "table": TABLE, "units": units_of(host)}
    if (server := host.service(WantedOllama)) is not None:
        request |= _request(host, server, nonce)
    if (chat := host.service(WantedOpenWebui)) is not None:
        request["chat"] = front.of_chat(chat)
    if (gateway := host.service(WantedGateway)) is not None:
        request["gateway"] = front.of_gateway(gateway, line.root, nonce)
    if (chatbox := host.service(WantedChatbox)) is not None:
        request["desktop"] = desktop.of(host, chatbox, nonce)
    try:
        return Evidence.model_validate(line.ask(host, "look", request, _DEEP_LIMIT if deep else _LIMIT))
    except (OSError, ValueError) as error:
        return Evidence(failures={"host": f"{host.name} could not be looked at: {error}"})


def _request(host: Host, wanted: WantedOllama, nonce: str) -> dict[str, Any]:
    at = [here(address) for address in wanted.door.at]
    models = host.service(WantedModels)
    return {
        "service": wanted.door.into,
        "door": [nearest(at), wanted.door.port],
        "door_addresses": at,
        "foreign_host": FOREIGN_HOST,
        "questions": question.in_order(models.models if models is not None else ()),
        "patience": _ANSWER_PATIENCE,
        "hearing": _HEARING,
        "plain": settings.PLAIN,
        "private": sorted(settings.private(host)),
        "nonce": nonce,
    }


def _knock(line: _Line, each: Round) -> tuple[Knock, ...] | str:
    try:
        if each.knocker is None:
            answers = knock.knock_all(each.doors, _PATIENCE, _HEARING)
        else:
            request = {"doors": each.doors, "patience": _PATIENCE, "hearing": _HEARING}
            answers = line.ask(_without_sudo(each.knocker), "knock", request, _LIMIT)["knocks"]
        return tuple(Knock.model_validate(answer) for answer in answers)
    except (OSError, ValueError) as error:
        return f"{each.name} could not knock: {error}"


def _without_sudo(host: Host) -> Host:
    """Return a host as its plain user reaches it: anybody can knock."""
    return host.model_copy(update={"connection": host.connection.model_copy(update={"become": False})})


def _enter(found: Gathered, each: Round, answer: tuple[Knock, ...] | str) -> None:
    """Give every visit its share of the knocks: they come in the order of the doors."""
    if isinstance(answer, str):
        found.lost |= {(each.name, visit.host, visit.door): answer for visit in each.visits}
        return
    rest = list(answer)
    for visit in each.visits:
        share, rest = rest[: len(visit.doors)], rest[len(visit.doors) :]
        place = (each.name, visit.host, visit.door)
        found.knocks[place] = (*found.knocks.get(place, ()), *share)
