"""An observation on a terminal: one line for each host, and in words what could not be seen."""

from collections import Counter
from collections.abc import Collection

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llamakeep.lock.releases import KnownRelease
from llamakeep.observe.seen import Accelerator, HostFacts, Observation
from llamakeep.observe.stage import NOTHING, stages

_MACHINE = ("", "system", "", "memory", "accelerator", "its memory", "driver", "disk free")
_SHARED = "front"  # the column of the services that have none of their own
_TIMES = "\N{MULTIPLICATION SIGN}"


def show(observation: Observation, console: Console, explained: Collection[str] = ()) -> None:
    """Print what was seen; of the hosts named in `explained` somebody else says what is wrong with them."""
    count = len(observation.hosts)
    console.print(
        f"{observation.inventory} · {count} host{'s' if count != 1 else ''} · "
        f"observed in {observation.seconds:.1f} s\n",
        style="bold",
        soft_wrap=True,
    )
    reached = [host for host in observation.hosts if host.reachable]
    if reached:
        console.print(_table(reached))
        console.print()
    for host in observation.hosts:
        for line in _remarks(host, explained=host.host in explained):
            console.print(line, soft_wrap=True)


def _table(hosts: list[HostFacts]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    columns = [heading for stage in stages().values() for heading in stage.columns]
    shared = [_in_short(host) for host in hosts]
    for heading in (*_MACHINE, *columns, "network", "receipt", *((_SHARED,) if any(shared) else ())):
        table.add_column(heading, no_wrap=heading != "accelerator")
    for host, words in zip(hosts, shared, strict=True):
        last = (Text("; ").join(words) or Text(NOTHING),) if any(shared) else ()
        table.add_row(Text(host.host, style="bold"), *_cells(host), *last)
    return table


def _cells(host: HostFacts) -> tuple[str | Text, ...]:
    """Return the columns of one host; a dash stands for what is not there."""
    system = host.system
    return (
        f"{system.os} {system.os_version}" if system else "?",
        system.architecture if system else "?",
        readable(system.memory) if system else "?",
        gpu_words(host.accelerator),
        _gpu_memory(host),
        _driver(host.accelerator),
        readable(host.space[0].free) if host.space else "?",
        *(cell for stage in stages().values() for cell in stage.cells(host)),
        _network(host),
        _receipt(host),
    )


def gpu_words(accelerator: Accelerator | None) -> Text:
    """Return the accelerators in few words; those that a lab plays are marked.

    >>> gpu_words(Accelerator(kind="nvidia", gpus=(l40s, l40s)))
    <text '2 x L40S'>
    """
    if accelerator is None:
        return Text("?")
    mark = " (simulated)" if accelerator.simulated else ""
    if accelerator.kind == "none":
        return Text(NOTHING)
    names = [gpu.name for gpu in accelerator.gpus] or [board.name for board in accelerator.bus]
    if accelerator.kind == "broken":
        # The cause stands first: the name alone would read as if it could be used.
        said = accelerator.cause or "broken"
        return Text(f"{said}: {', '.join(_counted(names))}{mark}" if names else f"{said}{mark}", style="red")
    return Text("; ".join(_counted(names)) + mark)


def _counted(names: list[str]) -> list[str]:
    """Return each name once, without the maker's, and with how often it stands there."""
    counts = Counter(name.removeprefix("NVIDIA ").removeprefix("GeForce ") for name in names)
    return [f"{count} {_TIMES} {name}" if count > 1 else name for name, count in counts.items()]


def _gpu_memory(host: HostFacts) -> Text:
    """Return how much of the accelerators' memory is free.

    >>> _gpu_memory(host)
    <text '23.4 of 24.0 GiB free'>
    """
    accelerator = host.accelerator
    if accelerator is None or not accelerator.gpus:
        return Text(NOTHING)
    sizes = [gpu.memory for gpu in accelerator.gpus if gpu.memory is not None]
    if not sizes:
        return Text("the machine's" if accelerator.unified else "?")
    free = [gpu.free for gpu in accelerator.gpus if gpu.free is not None]
    if len(free) < len(sizes):
        return Text(readable(sum(sizes)))
    part, whole = readable(sum(free)).split(), readable(sum(sizes)).split()
    return Text(f"{part[0] if part[1] == whole[1] else ' '.join(part)} of {' '.join(whole)} free")


def _driver(accelerator: Accelerator | None) -> Text:
    if accelerator is None:
        return Text("?")
    if accelerator.apple is not None:
        return Text(f"macOS {accelerator.apple.macos}")
    versions = dict.fromkeys(gpu.driver for gpu in accelerator.gpus if gpu.driver) or {accelerator.module: None}
    return Text(", ".join(filter(None, versions)) or NOTHING)


def _network(host: HostFacts) -> Text:
    """Return what the services that can be sealed see of the network, as the kernel has it."""
    sealable = [unit for stage in stages().values() for unit in stage.sealable]
    running = [one for one in host.units if one.unit in sealable and one.interfaces is not None]
    if not running:
        return Text(NOTHING)
    if all(set(one.interfaces or ()) == {"lo"} and one.routes == 0 for one in running):
        return Text("sealed", style="green")
    seen = dict.fromkeys(name for one in running for name in one.interfaces or () if name != "lo")
    return Text("open: " + ", ".join(seen), style="yellow")


def _in_short(host: HostFacts) -> list[Text]:
    """Return the services of a host in few words.

    >>> _in_short(host)
    [<text 'gateway 3.0.11, 2 of 3 backends'>, <text 'chat 0.12.4, 3 users'>]
    """
    return [words for name, seen in host.services.items() for words in stages()[name].in_short(seen)]


def _receipt(host: HostFacts) -> Text:
    if host.receipt is None:
        return Text(NOTHING)
    if not host.receipt.complete:
        return Text("unfinished", style="yellow")
    if host.drift:
        return Text(f"{len(host.drift)} drifted", style="yellow")
    return Text("holds", style="green")


def _remarks(host: HostFacts, *, explained: bool) -> list[Text]:
    """Return a line for each thing that the table cannot say."""
    found = [f"{drift.name}: {drift.found}" for drift in host.drift]
    if not explained:
        if not host.reachable:
            return [Text.assemble(("✗ ", "red"), (host.host, "bold"), f" cannot be reached: {host.unreachable}")]
        found += [f"could not be seen: {gap}" for gap in host.gaps]
        if host.accelerator is not None and host.accelerator.kind == "broken":
            found.append(f"{host.accelerator.cause or 'its GPU'}: {host.accelerator.detail}")
        found += [words for name, seen in host.services.items() for words in stages()[name].remarks(seen)]
        if host.system is not None and not host.system.is_root:
            why = "we are not root there" if host.system.root == "no" else host.system.root
            found.append(f"seen without root's eyes: {why}")
    return [Text.assemble(("~ ", "yellow"), (host.host, "bold"), f" {words}") for words in found]


def count(observation: Observation, refused: int) -> str:
    """Return the sums in one line.

    >>> count(observation, 2)
    '12 hosts: 11 seen, 1 not reached · 2 cannot serve as they are'
    """
    hosts = observation.hosts
    seen = sum(host.reachable for host in hosts)
    said = f"{len(hosts)} host{'s' if len(hosts) != 1 else ''}: {seen} seen"
    if seen < len(hosts):
        said += f", {len(hosts) - seen} not reached"
    return f"{said} · {refused} cannot serve as {'they are' if refused > 1 else 'it is'}" if refused else said


def newest_known(known: KnownRelease) -> str:
    """Return which release is the newest that this kit knows, in one line.

    >>> newest_known(KnownRelease(release="0.35.1", below="0.36", written="2026-11-30"))
    'newest known ollama: 0.35.1 (as of 2026-11-30); 0.36 and later are refused'
    """
    return f"newest known ollama: {known.release} (as of {known.written}); {known.below} and later are refused"
