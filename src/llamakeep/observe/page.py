"""An observation on a terminal: one line for each host, and in words what could not be seen."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from llamakeep.observe.seen import Accelerator, HostFacts, Observation
from llamakeep.sizes import readable

NOTHING = "\N{EN DASH}"
_TIMES = "\N{MULTIPLICATION SIGN}"


def show(observation: Observation, console: Console) -> None:
    """Print what was seen."""
    count = len(observation.hosts)
    console.print(
        f"{observation.inventory} · {count} host{'s' if count != 1 else ''} · "
        f"looked at in {observation.seconds:.1f} s\n",
        style="bold",
        soft_wrap=True,
    )
    reached = [host for host in observation.hosts if host.reachable]
    if reached:
        console.print(_table(reached))
        console.print()
    for host in observation.hosts:
        for line in _remarks(host):
            console.print(line, soft_wrap=True)
    unreached = count - len(reached)
    console.print(f"{len(reached)} seen" + (f" · {unreached} not reached" if unreached else ""), style="bold")


def _table(hosts: list[HostFacts]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "system", "", "memory", "gpu", "free", "ollama", "models", "network", "receipt"):
        table.add_column(heading, no_wrap=heading != "gpu")
    for host in hosts:
        table.add_row(Text(host.host, style="bold"), *_cells(host))
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
        readable(host.space[0].free) if host.space else "?",
        (server.version or "?") if server is not None and running else _engine_state(host),
        str(len(server.models)) if server is not None and running else NOTHING,
        _network(host),
        _receipt(host),
    )


def gpu_words(accelerator: Accelerator | None) -> Text:
    """Return the GPUs in few words; those that a lab plays are marked.

    >>> gpu_words(Accelerator(kind="nvidia", gpus=(l40s, l40s)))
    <text '2 x NVIDIA L40S, 45.0 GiB'>
    """
    if accelerator is None:
        return Text("?")
    mark = " (simulated)" if accelerator.simulated else ""
    if accelerator.kind == "none":
        return Text(NOTHING)
    if accelerator.kind == "broken":
        return Text(f"broken{mark}", style="red")
    kinds: dict[str, int] = {}
    for gpu in accelerator.gpus:
        name = f"{gpu.name}, {readable(gpu.memory)}" if gpu.memory else gpu.name
        kinds[name] = kinds.get(name, 0) + 1
    words = [f"{count} {_TIMES} {name}" if count > 1 else name for name, count in kinds.items()]
    return Text("; ".join(words) + mark)


def _engine_state(host: HostFacts) -> Text:
    service = next((one for one in host.services if one.unit == "ollama.service"), None)
    if service is None or service.active == "missing":
        return Text(NOTHING)
    return Text("silent" if service.active == "active" else service.active, style="red")


def _network(host: HostFacts) -> Text:
    """Return what the engine sees of the network, as the kernel has it."""
    service = next((one for one in host.services if one.unit == "ollama.service"), None)
    if service is None or service.interfaces is None:
        return Text(NOTHING)
    if set(service.interfaces) == {"lo"} and service.routes == 0:
        return Text("sealed", style="green")
    return Text("open: " + ", ".join(name for name in service.interfaces if name != "lo"), style="yellow")


def _receipt(host: HostFacts) -> Text:
    if host.receipt is None:
        return Text(NOTHING)
    if not host.receipt.complete:
        return Text("unfinished", style="yellow")
    if host.drift:
        return Text(f"{len(host.drift)} drifted", style="yellow")
    return Text("holds", style="green")


def _remarks(host: HostFacts) -> list[Text]:
    """Return a line for each thing that the table cannot say."""
    if not host.reachable:
        return [Text.assemble(("✗ ", "red"), (host.host, "bold"), f" cannot be reached: {host.unreachable}")]
    found = [f"could not be seen: {gap}" for gap in host.gaps]
    if host.accelerator is not None and host.accelerator.kind == "broken":
        found.append(f"nvidia-smi: {host.accelerator.detail}")
    if host.system is not None and host.system.root not in ("is root", "sudo"):
        found.append("seen without root's eyes: sudo asks for a password" if "sudo" in host.system.root else "no sudo")
    found += [f"{drift.name}: {drift.found}" for drift in host.drift]
    return [Text.assemble(("~ ", "yellow"), (host.host, "bold"), f" {words}") for words in found]
