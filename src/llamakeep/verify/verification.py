"""One run of the suite: which hosts are verified, who probes them, on what evidence."""

from dataclasses import dataclass
from functools import cached_property

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit as kit_files

from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.verify import reach
from llamakeep.verify.evidence import Evidence
from llamakeep.verify.gather import Gathered, gather
from llamakeep.verify.probed import Probed
from llamakeep.verify.stage import Found, fixtures, is_about, parts, stages
from llamakeep.verify.verified import ManagedHost

MANAGED = "managed_host"  # fixture: a host that has any part to play


@dataclass(frozen=True)
class Verification:
    """What the fixtures of the suite are drawn from; evidence is gathered when it is first asked for."""

    fleet: Fleet
    only: frozenset[str] | None = None  # names of the hosts that are verified; None: all
    deep: bool = False
    root: str = ""  # of the inventory's own CA, as PEM

    @cached_property
    def targets(self) -> list[Host]:
        """Return the hosts that have a part to play and are verified."""
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
            for (name, _, _), tried in self._gathered.tried.items()
            for each in tried
            if each.outcome == "no route"
        }
        named = [
            note for host in self.targets for _, stage, wanted in parts(host) for note in stage.notes(host, wanted)
        ]
        of_all = [note for stage in stages().values() for note in stage.of_the_fleet(self._gathered.evidence)]
        played: dict[str, list[str]] = {}
        for host in self.targets:
            for part in _played(host, self.evidence(host.name)):
                played.setdefault(part, []).append(host.name)
        simulated = [f"{', '.join(names)}: {part}" for part, names in played.items()]
        return [*self._plan[1], *named, *of_all, *sorted(untried), *simulated]

    @cached_property
    def _gathered(self) -> Gathered:
        return gather(self.fleet, self.targets, self._plan[0], deep=self.deep, root=self.root)

    @cached_property
    def _kit(self) -> str:
        return kit_files.version()

    def hosts(self, fixture: str) -> list[Host]:
        """Return the hosts that the claims are about which ask for a fixture."""
        return [host for host in self.targets if fixture == MANAGED or is_about(fixture, host)]

    def probes(self, fixture: str, *, allowed: bool) -> list[tuple[str, str, str]]:
        """Return (host, door, prober) for those whom the inventory lets in there, or for those whom it does not.

        >>> [("llm1", "ollama-api", "the control node"), ("llm1", "ollama-api", "outsider")]
        """
        service = fixtures()[fixture]
        doors = {host.name: stages()[service].door(host.services[service]) for host in self.hosts(fixture)}
        return [
            (probe.host, probe.door, each.name)
            for each in self._plan[0]
            for probe in each.probes
            if probe.allowed is allowed and (door := doors.get(probe.host)) is not None and door.name == probe.door
        ]

    def evidence(self, name: str) -> Evidence:
        """Return what was found on one host."""
        return self._gathered.evidence.get(name, Evidence())

    def host(self, fixture: str, name: str) -> ManagedHost:
        """Return one host as the claims see it that ask for a fixture."""
        host, seen = self.fleet.host(name), self.evidence(name)
        if fixture == MANAGED:
            return ManagedHost(host, None, seen, self._gathered.nonce, self._kit)
        service = fixtures()[fixture]
        calls = self._gathered.calls.get((name, service), ())
        found = Found(host, seen, self._gathered.nonce, self._kit, calls, bool(self.root))
        seen_as: ManagedHost = stages()[service].host(found, host.services[service])
        return seen_as

    def probed(self, host: str, door: str, prober: str) -> Probed:
        """Return what one prober found at one door of one host."""
        place = (prober, host, door)
        return Probed(prober, self._gathered.tried.get(place, ()), self._gathered.lost.get(place, ""))

    def journal(self, fixture: str, host: str) -> tuple[str, ...]:
        """Return the last lines of the service that a fixture is about."""
        found = self.evidence(host).services.get(fixtures().get(fixture, ""))
        return found.journal if found is not None else ()


def _played(host: Host, seen: Evidence) -> list[str]:
    """Return what of a host is not the real thing."""
    lab = seen.lab
    if lab is None:
        return []
    gpu = lab.get("gpu", "none")
    found = ["a host of the lab" if gpu == "none" else f"a host of the lab; its GPU ({gpu}) is simulated"]
    return [*found, *(part for _, stage, _ in parts(host) for part in stage.played(lab))]
