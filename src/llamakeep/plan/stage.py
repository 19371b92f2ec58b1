"""What the plan asks of a service: what stands in its way on a host, and what would change there."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from llamakeep import services
from llamakeep.inventory.fleet import Host
from llamakeep.inventory.wanted import Wanted
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.fit.result import HostFit
from llamakeep.plan.plan import Change, Finding

LeftOut = Mapping[str, Collection[str]]  # host -> models that it does not get


class Case(NamedTuple):
    """One host as it is wanted and as it is."""

    host: Host
    seen: HostFacts
    now: datetime  # UTC
    fit: HostFit | None = None  # how the models lie in its memory; None: it could not be looked at
    differ: frozenset[str] = frozenset()  # inputs that are not those of the receipt


class Room(NamedTuple):
    """Room that something needs."""

    path: str
    size: int  # bytes
    why: str  # "the archive of ollama 0.34.4"


class Product(NamedTuple):
    """A program of which vulnerabilities are known: which version is wanted, which runs, and what is accepted."""

    name: str  # as vulnerabilities.yml has it: "open-webui"
    called: str  # as people call it: "open webui"
    wanted: str
    runs: str | None
    accepted: Mapping[str, str]  # CVE -> reason


class Effect(NamedTuple):
    """What a setting does to what runs."""

    restarts: tuple[str, ...] = ()
    reloads: tuple[str, ...] = ()


class Elsewhere(NamedTuple):
    """An input that stands elsewhere in the inventory, in words."""

    what: str  # "to which hosts, models and chats the gateway leads"
    place: str  # "settings of llm_hosts and chat_hosts, and the lock"
    effect: Effect = Effect()


class PlannedStage[W: Wanted](Protocol):
    """A service's part in the plan."""

    kind: type[W]
    called: str = ""  # in words, for what happens to all of it: "the gateway"; empty: nothing to say
    announced: frozenset[str] = frozenset()  # settings that have a line of their own: the release, people, keys
    effects: Mapping[str, Effect] = {}  # how the name of a setting begins -> its effect; the first that fits counts
    elsewhere: Mapping[str, Elsewhere] = {}  # input of the fleet -> what it is
    drifts: tuple[str, ...] = ()  # kinds of drift that it says itself, among its content
    routes_to_models: bool = False  # it knows which other hosts have which models

    def needs_answers(self, _wanted: W) -> frozenset[str]:
        """Return the facts without which nothing of it may be touched."""
        return frozenset()

    def fit(self, _host: Host, _wanted: W, _seen: HostFacts) -> HostFit | None:
        """Return how its models lie in the host's memory; None where it has none."""
        return None

    def findings(self, _case: Case, _wanted: W) -> Iterator[Finding]:
        """Return what the operator must know before it is touched."""
        return iter(())

    def room(self, _case: Case, _wanted: W) -> Iterator[Room]:
        """Return where how much has to be written."""
        return iter(())

    def product(self, _case: Case, _wanted: W) -> Product | None:
        """Return its program, where vulnerabilities of it are known."""
        return None

    def first(self, _case: Case, _wanted: W, _why: str) -> Iterator[Change]:
        """Return what comes with it to a host that has not had it yet."""
        return iter(())

    def release(self, _case: Case, _wanted: W) -> Iterator[Change]:
        """Return the move to another release of its program."""
        return iter(())

    def running(self, _case: Case, _wanted: W) -> Iterator[Change]:
        """Return what its units need that do not run as they should."""
        return iter(())

    def content(self, _case: Case, _wanted: W) -> Iterator[Change]:
        """Return what changes for people and programs, name by name: models, people, keys."""
        return iter(())

    def left_out(self, _host: Host, _wanted: W, _fit: HostFit | None) -> tuple[str, ...]:
        """Return the models that the host does not get, by the inventory's own choice."""
        return ()

    def may_leave_out(self, _wanted: W) -> bool:
        """Tell whether a model may be left out: who verifies the host must look at it first."""
        return False

    def of_the_fleet(self, _every: Sequence[tuple[Host, HostFacts]]) -> Iterator[str]:
        """Return what is to be known of all hosts together."""
        return iter(())

    def without(self, host: Host, _wanted: W, _left_out: LeftOut) -> Host:
        """Return the host as it is to be while hosts go without models."""
        return host


def stages() -> dict[str, PlannedStage[Any]]:
    """Return service -> its part in the plan."""
    return services.parts("planned")


def parts(host: Host) -> Iterator[tuple[str, PlannedStage[Any], Any]]:
    """Return of each service of a host its name, its part in the plan, and what is wanted of it."""
    for name, stage in stages().items():
        if name in host.services:
            yield name, stage, host.services[name]
