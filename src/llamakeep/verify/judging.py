"""One run of the suite: which hosts are judged, by whom they are visited, on what evidence."""

from dataclasses import dataclass
from functools import cached_property

from llamakeep import collection
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.verify import reach
from llamakeep.verify.evidence import Evidence
from llamakeep.verify.gather import Gathered, gather
from llamakeep.verify.judged import LlmHost
from llamakeep.verify.visit import JudgedVisit


@dataclass(frozen=True)
class Judging:
    """What the fixtures of the suite are drawn from; evidence is gathered when it is first asked for."""

    fleet: Fleet
    only: frozenset[str] | None = None  # names of the hosts that are judged; None: all
    deep: bool = False

    @cached_property
    def targets(self) -> list[Host]:
        """Return the hosts that serve models and are judged."""
        named = self.only
        return [host for host in self.fleet.hosts if host.is_llm and (named is None or host.name in named)]

    @cached_property
    def _plan(self) -> tuple[list[reach.Round], list[str]]:
        return reach.plan_rounds(self.fleet, self.targets)

    @cached_property
    def notes(self) -> list[str]:
        """Return what the operator must know to read the verdict."""
        untried = {
            f"{each.place} was not tried from {name}: there is no route from it"
            for (name, _), knocks in self._gathered.knocks.items()
            for each in knocks
            if each.outcome == "no route"
        }
        opened = [
            f"{host.name} is open by choice: its server has the host's network, its engine answers any local user"
            for host in self.targets
            if host.ollama is not None and not host.ollama.sealed
        ]
        played: dict[str, list[str]] = {}
        for host in self.targets:
            for part in _played(self._gathered.evidence.get(host.name)):
                played.setdefault(part, []).append(host.name)
        parts = [f"{', '.join(names)}: {part}" for part, names in played.items()]
        return [*self._plan[1], *opened, *sorted(untried), *parts]

    @cached_property
    def _gathered(self) -> Gathered:
        return gather(self.fleet, self.targets, self._plan[0], deep=self.deep)

    @cached_property
    def _kit(self) -> str:
        return collection.kit_version()

    def visits(self, *, invited: bool) -> list[tuple[str, str]]:
        """Return (host, visitor) for those whom the inventory lets in, or for the strangers.

        >>> [("llm1", "the control node"), ("llm1", "outsider")]
        """
        return [(visit.host, each.name) for each in self._plan[0] for visit in each.visits if visit.invited is invited]

    def host(self, name: str) -> LlmHost:
        """Return one judged host with its evidence."""
        host = self.fleet.host(name)
        if host.ollama is None:
            raise LookupError(name)
        seen = self._gathered.evidence.get(name, Evidence())
        return LlmHost(host, host.ollama, seen, self._gathered.nonce, self._kit)

    def visit(self, host: str, visitor: str) -> JudgedVisit:
        """Return what one visitor found at one host."""
        pair = (visitor, host)
        return JudgedVisit(visitor, self._gathered.knocks.get(pair, ()), self._gathered.lost.get(pair, ""))


def _played(seen: Evidence | None) -> list[str]:
    """Return what of a host is not the real thing."""
    if seen is None or seen.lab is None:
        return []
    gpu = seen.lab.get("gpu", "none")
    found = ["a host of the lab" if gpu == "none" else f"a host of the lab; its GPU ({gpu}) is simulated"]
    return [*found, "serves the lab's stand-in, not the real Ollama"] if seen.lab.get("standin") else found
