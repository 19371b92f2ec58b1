"""Gathering the evidence of a whole fleet: every host at once, one round trip each."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from llamakeep import collection
from llamakeep.hosts.pool import pool as threads
from llamakeep.hosts.settings import KEPT
from llamakeep.hosts.turns import Turns
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.observe.ask import units_of
from llamakeep.verify import reach, transport
from llamakeep.verify.evidence import Evidence, Tried
from llamakeep.verify.probe import connection
from llamakeep.verify.reach import Round
from llamakeep.verify.stage import Asking, parts

_AT_ONCE = 64  # ssh processes
_PATIENCE = 2.0  # seconds for a connection from outside: TCP asks again after one
_HEARING = 10.0  # seconds for what is said behind a door: the service may have to start
_LIMIT = 420  # seconds after which a probe ends itself
_DEEP_LIMIT = 6 * 3600  # the same, when every blob is hashed


@dataclass
class Gathered:
    """All evidence, by host, and every connection by who tried it."""

    nonce: str
    evidence: dict[str, Evidence] = field(default_factory=dict)
    # By who tried, at which host, at which door; and who could not, and why.
    tried: dict[tuple[str, str, str], tuple[Tried, ...]] = field(default_factory=dict)
    lost: dict[tuple[str, str, str], str] = field(default_factory=dict)
    calls: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)  # of this machine, by host and service


def gather(fleet: Fleet, targets: Iterable[Host], rounds: list[Round], *, deep: bool, root: str = "") -> Gathered:
    """Look at the targets and try their doors from everywhere, all at once; a host that fails stops no other."""
    found = Gathered(secrets.token_hex(16))
    with threads(_AT_ONCE) as pool:
        line = _Line(fleet)
        asked = [Asking(host, found.nonce, root) for host in targets]
        looks = {each.host.name: pool.submit(_look, line, each, deep) for each in asked}
        outside = [(each, pool.submit(_try, line, each)) for each in reach.of(rounds, allowed=False)]
        found.evidence = {name: look.result() for name, look in looks.items()}
        # An allowed client that gets in starts a service that was stopped: it comes when the host has been seen.
        later = [*reach.of(rounds, allowed=True), *reach.forgotten(rounds, found.evidence)]
        outside += [(each, pool.submit(_try, line, each)) for each in later]
        calls = {
            (each.host.name, name): pool.submit(stage.calls, each, wanted)
            for each in asked
            for name, stage, wanted in parts(each.host)
        }
        for each, answer in outside:
            _enter(found, each, answer.result())
        found.calls = {place: call.result() for place, call in calls.items()}
    return found


class _Line:
    """The connections of one gathering."""

    def __init__(self, fleet: Fleet) -> None:
        self._keep = len(fleet.hosts) <= KEPT
        self._turns = Turns()
        self.receipt = (collection.root() / "plugins" / "module_utils" / "receipt.py").read_text(encoding="utf-8")

    def ask(self, host: Host, verb: str, request: dict[str, Any], limit: int) -> dict[str, Any]:
        reached = transport.reach(host, limit, keep=self._keep, turns=self._turns)
        return transport.ask(host, reached, verb, request, limit)


def _look(line: _Line, asking: Asking, deep: bool) -> Evidence:
    host = asking.host
    asked = {name: stage.request(asking, wanted) for name, stage, wanted in parts(host)}
    request: dict[str, Any] = {
        "deep": deep,
        "receipt_source": line.receipt,
        "units": units_of(host),
        "services": {name: one for name, one in asked.items() if one is not None},
    }
    try:
        return Evidence.model_validate(line.ask(host, "look", request, _DEEP_LIMIT if deep else _LIMIT))
    except (OSError, ValueError) as error:
        return Evidence(failures={"host": f"{host.name} could not be looked at: {error}"})


def _try(line: _Line, each: Round) -> tuple[Tried, ...] | str:
    try:
        if each.prober is None:
            answers = connection.try_all(list(map(tuple, each.doors)), _PATIENCE, _HEARING)
        else:
            request = {"doors": each.doors, "patience": _PATIENCE, "hearing": _HEARING}
            shows = any(door.name for door in each.doors)  # its host's certificate, which root alone reads
            prober = each.prober if shows else _without_sudo(each.prober)
            answers = line.ask(prober, "connection", request, _LIMIT)["tried"]
        return tuple(Tried.model_validate(answer) for answer in answers)
    except (OSError, ValueError) as error:
        return f"cannot probe from {each.name}: {error}"


def _without_sudo(host: Host) -> Host:
    """Return a host as its plain user reaches it: anybody can try a door."""
    return host.model_copy(update={"connection": host.connection.model_copy(update={"become": False})})


def _enter(found: Gathered, each: Round, answer: tuple[Tried, ...] | str) -> None:
    """Give every door its share of what was tried: it comes in the order of the doors."""
    if isinstance(answer, str):
        found.lost |= {(each.name, probe.host, probe.door): answer for probe in each.probes}
        return
    rest = list(answer)
    for probe in each.probes:
        share, rest = rest[: len(probe.doors)], rest[len(probe.doors) :]
        place = (each.name, probe.host, probe.door)
        found.tried[place] = (*found.tried.get(place, ()), *share)
