"""One run of the suite: which hosts are judged, by whom they are visited, on what evidence."""

from dataclasses import dataclass
from functools import cached_property

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit as kit_files

from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.services.chatbox.wanted import WantedChatbox
from llamakeep.services.gateway.wanted import WantedGateway
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from llamakeep.verify import reach
from llamakeep.verify.evidence import Evidence
from llamakeep.verify.gather import Gathered, gather
from llamakeep.verify.judged import ChatHost, DesktopHost, GatewayHost, LlmHost, ManagedHost
from llamakeep.verify.visit import JudgedVisit


@dataclass(frozen=True)
class Judging:
    """What the fixtures of the suite are drawn from; evidence is gathered when it is first asked for."""

    fleet: Fleet
    only: frozenset[str] | None = None  # names of the hosts that are judged; None: all
    deep: bool = False
    root: str = ""  # of the inventory's own CA, as PEM

    @cached_property
    def targets(self) -> list[Host]:
        """Return the hosts that have a part to play and are judged."""
        named = self.only
        return [host for host in self.fleet.hosts if host.is_managed and (named is None or host.name in named)]

    @cached_property
    def _plan(self) -> tuple[list[reach.Round], list[str]]:
        return reach.plan_rounds(self.fleet, self.targets)

    @cached_property
    def notes(self) -> list[str]:
        """Return what the operator must know to read the verdict."""
        untried = {
            f"{each.place} was not tried from {name}: there is no route from it"
            for (name, _, _), knocks in self._gathered.knocks.items()
            for each in knocks
            if each.outcome == "no route"
        }
        opened = [
            f"{host.name} is open by choice: its server has the host's network, its engine answers any local user"
            for host in self.targets
            if (server := host.service(WantedOllama)) is not None and not server.sealed
        ]
        played: dict[str, list[str]] = {}
        for host in self.targets:
            for part in _played(host, self._gathered.evidence.get(host.name)):
                played.setdefault(part, []).append(host.name)
        parts = [f"{', '.join(names)}: {part}" for part, names in played.items()]
        return [*self._plan[1], *opened, *sorted(untried), *parts]

    @cached_property
    def _gathered(self) -> Gathered:
        return gather(self.fleet, self.targets, self._plan[0], deep=self.deep, root=self.root)

    @cached_property
    def _kit(self) -> str:
        return kit_files.version()

    def visits(self, door: str, *, invited: bool) -> list[tuple[str, str, str]]:
        """Return (host, door, visitor) for those whom the inventory lets in at a door, or for the strangers.

        >>> [("llm1", "ollama-api", "the control node"), ("llm1", "ollama-api", "outsider")]
        """
        return [
            (visit.host, door, each.name)
            for each in self._plan[0]
            for visit in each.visits
            if visit.invited is invited and visit.door == door
        ]

    def evidence(self, name: str) -> Evidence:
        """Return what was found on one host."""
        return self._gathered.evidence.get(name, Evidence())

    def host(self, name: str) -> LlmHost:
        """Return one host that serves models, with its evidence."""
        host = self.fleet.host(name)
        return LlmHost(host, host.must_have(WantedOllama), self.evidence(name), self._gathered.nonce, self._kit)

    def chat(self, name: str) -> ChatHost:
        """Return one host that serves the chat, with its evidence."""
        host = self.fleet.host(name)
        return ChatHost(host, host.must_have(WantedOpenWebui), self.evidence(name), self._gathered.nonce, self._kit)

    def gateway(self, name: str) -> GatewayHost:
        """Return one gateway, with its evidence and the calls of the control node."""
        host = self.fleet.host(name)
        calls = self._gathered.calls.get(name, ())
        evidence = self.evidence(name)
        return GatewayHost(
            host, host.must_have(WantedGateway), evidence, self._gathered.nonce, self._kit, calls, bool(self.root)
        )

    def desktop(self, name: str) -> DesktopHost:
        """Return one desktop, with its evidence."""
        host = self.fleet.host(name)
        return DesktopHost(host, host.must_have(WantedChatbox), self.evidence(name), self._gathered.nonce, self._kit)

    def managed(self, name: str) -> ManagedHost:
        """Return one host that has any part to play, with its evidence."""
        host = self.fleet.host(name)
        return ManagedHost(host, None, self.evidence(name), self._gathered.nonce, self._kit)

    def visit(self, host: str, door: str, visitor: str) -> JudgedVisit:
        """Return what one visitor found at one door of one host."""
        place = (visitor, host, door)
        return JudgedVisit(visitor, self._gathered.knocks.get(place, ()), self._gathered.lost.get(place, ""))


def _played(host: Host, seen: Evidence | None) -> list[str]:
    """Return what of a host is not the real thing."""
    if seen is None or seen.lab is None:
        return []
    gpu = seen.lab.get("gpu", "none")
    found = ["a host of the lab" if gpu == "none" else f"a host of the lab; its GPU ({gpu}) is simulated"]
    stands_in = "ollama" in host.services and seen.lab.get("standin")
    return [*found, "serves the lab's stand-in, not the real Ollama"] if stands_in else found
