"""An observation on a terminal: one line for each host, and in words what could not be seen."""

from collections import Counter
from collections.abc import Collection

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llamakeep.lock.releases import KnownRelease
from llamakeep.observe.seen import Accelerator, HostFacts, Observation

_COLUMNS = (
    *("", "system", "", "memory", "accelerator", "its memory", "driver"),
    *("disk free", "ollama", "models", "network", "receipt"),
)
_SEALED = ("ollama.service", "open-webui.service")
NOTHING = "\N{EN DASH}"
_TIMES = "\N{MULTIPLICATION SIGN}"


def show(observation: Observation, console: Console, judged: Collection[str] = ()) -> None:
    """Print what was seen; of the hosts named in `judged` somebody else says what is wrong with them."""
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
        for line in _remarks(host, judged=host.host in judged):
            console.print(line, soft_wrap=True)


def _table(hosts: list[HostFacts]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    has_front = any(host.chat is not None or host.gateway is not None for host in hosts)
    for heading in (*_COLUMNS, *(("front",) if has_front else ())):
        table.add_column(heading, no_wrap=heading != "accelerator")
    for host in hosts:
        table.add_row(Text(host.host, style="bold"), *_cells(host), *((_front(host),) if has_front else ()))
    return table


def _cells(host: HostFacts) -> tuple[str | Text, ...]:
    """Return the columns of one host; a dash stands for what is not there."""
    system = host.system
    server = host.ollama
    running = server is not None and server.answers
    return (
        f"{system.os} {system.os_version}" if system else "?",
        system.architecture if system else "?",
        readable(system.memory) if system else "?",
        gpu_words(host.accelerator),
        _gpu_memory(host),
        _driver(host.accelerator),
        readable(host.space[0].free) if host.space else "?",
        (server.version or "?") if server is not None and running else _engine_state(host),
        str(len(server.models)) if server is not None and running else NOTHING,
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


def _engine_state(host: HostFacts) -> Text:
    service = next((one for one in host.services if one.unit == "ollama.service"), None)
    if service is None or service.active == "missing":
        return Text(NOTHING)
    return Text("silent" if service.active == "active" else service.active, style="red")


def _network(host: HostFacts) -> Text:
    """Return what the engine and the chat see of the network, as the kernel has it."""
    running = [one for one in host.services if one.unit in _SEALED and one.interfaces is not None]
    if not running:
        return Text(NOTHING)
    if all(set(one.interfaces or ()) == {"lo"} and one.routes == 0 for one in running):
        return Text("sealed", style="green")
    seen = dict.fromkeys(name for one in running for name in one.interfaces or () if name != "lo")
    return Text("open: " + ", ".join(seen), style="yellow")


def _front(host: HostFacts) -> Text:
    """Return the chat and the gateway of a host in few words.

    >>> _front(host)
    <text 'chat 0.12.4, 3 users; gateway 3.0.11, 2 of 3 backends'>
    """
    said: list[Text] = []
    if (chat := host.chat) is not None:
        users = "" if chat.users is None else f", {len(chat.users)} user{'s' if len(chat.users) != 1 else ''}"
        said.append(Text(f"chat {chat.version}{users}") if chat.answers else Text("chat: silent", style="red"))
        if chat.sign_up:
            said.append(Text("sign-up open", style="red"))
    if (gateway := host.gateway) is not None:
        there = sum(each.up for each in gateway.backends)
        away = there < len(gateway.backends)
        hosts = Text(f"{there} of {len(gateway.backends)} backends", style="yellow" if away else "")
        version = (gateway.version or "").partition("-")[0]
        up = Text.assemble(f"gateway {version}, ", hosts)
        said.append(up if gateway.answers else Text("gateway: silent", style="red"))
        if gateway.certificate is not None and gateway.certificate.fault:
            said.append(Text("certificate at fault", style="red"))
    return Text("; ").join(said) or Text(NOTHING)


def _receipt(host: HostFacts) -> Text:
    if host.receipt is None:
        return Text(NOTHING)
    if not host.receipt.complete:
        return Text("unfinished", style="yellow")
    if host.drift:
        return Text(f"{len(host.drift)} drifted", style="yellow")
    return Text("holds", style="green")


def _remarks(host: HostFacts, *, judged: bool) -> list[Text]:
    """Return a line for each thing that the table cannot say."""
    found = [f"{drift.name}: {drift.found}" for drift in host.drift]
    if not judged:
        if not host.reachable:
            return [Text.assemble(("✗ ", "red"), (host.host, "bold"), f" cannot be reached: {host.unreachable}")]
        found += [f"could not be seen: {gap}" for gap in host.gaps]
        if host.accelerator is not None and host.accelerator.kind == "broken":
            found.append(f"{host.accelerator.cause or 'its GPU'}: {host.accelerator.detail}")
        if host.gateway is not None and host.gateway.certificate is not None and host.gateway.certificate.fault:
            found.append(f"the gateway's certificate: {host.gateway.certificate.fault}")
        if host.system is not None and host.system.root not in ("is root", "sudo"):
            asks = "sudo" in host.system.root
            found.append("seen without root's eyes: sudo asks for a password" if asks else "no sudo")
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
