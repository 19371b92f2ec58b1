"""`llamakeep lab`: a rehearsal fleet in containers on this machine."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

import llamakeep_lab as lab
from llamakeep import hint
from llamakeep.errors import Refusal
from llamakeep_lab import debian, gpu
from llamakeep_lab.name import DEFAULT

if TYPE_CHECKING:
    from llamakeep_lab.status import HostStatus, LabStatus

_NAMED = click.option("--name", default=DEFAULT, show_default=True, help="Which lab; several can be up at once.")
_WIDE = 120  # columns
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the record as JSON, and nothing else.")


@click.group()
def command() -> None:
    """Rehearse on a fleet of real Debian hosts in containers on this machine. Their GPUs are simulated."""


@command.command()
@_NAMED
@click.option("--llm", default=2, show_default=True, metavar="N", help="How many hosts serve models.")
@click.option("--release", default=debian.RELEASES[0], show_default=True, help="Debian release of every host.")
@click.option(
    "--gpu",
    "gpus",
    multiple=True,
    metavar="SPEC",
    help="What the llm hosts play, in order; none for the rest. One of "
    f"{', '.join(gpu.models())}; two of them: 2xa100; with another driver: rtx-4090@535.183.01.",
)
@click.option("--bare", is_flag=True, help="Give the llm hosts nothing but Python.")
@click.option("--ollama-archive", type=click.Path(path_type=Path), help="A real release of Ollama to install.")
@click.option("--ollama-version", help="Its version, where the kit does not know the archive.")
@click.option("--stand-in", is_flag=True, help="Do not look for the real release; install the stand-in.")
@click.option("--front", is_flag=True, help="Have a chat for people and a gateway, too.")
@_AS_JSON
def up(
    name: str,
    llm: int,
    release: str,
    gpus: tuple[str, ...],
    bare: bool,
    ollama_archive: Path | None,
    ollama_version: str | None,
    stand_in: bool,
    front: bool,
    as_json: bool,
) -> int:
    """Bring a lab up, or what is missing of it, and write its inventory."""
    from llamakeep_lab import engine, status

    raised = lab.up(
        name,
        llm=llm,
        debian=release,
        gpus=gpus,
        bare=bare,
        archive=ollama_archive,
        version=ollama_version,
        standin=stand_in,
        front=front,
        say=_teller(as_json),
    )
    seen = status.look(engine.connect(), name)
    if as_json:
        click.echo(seen.model_dump_json(indent=1))
        return 0
    click.echo()
    _show([seen])
    click.echo(f"next: llamakeep up {hint.fleet(_short(raised.inventory))}")
    return 0


@command.command()
@_NAMED
@_AS_JSON
def down(name: str, as_json: bool) -> int:
    """Remove a lab and all that it left, also one that was never finished."""
    gone = lab.down(name, say=_teller(as_json))
    if as_json:
        place = str(gone.inventory) if gone.inventory else None
        click.echo(json.dumps({"hosts": gone.hosts, "network": gone.network, "inventory": place}))
    elif gone:
        hosts = f"{len(gone.hosts)} hosts" if len(gone.hosts) != 1 else "1 host"
        click.echo(f"lab {name} is gone: {hosts}, its network and its inventory")
        click.echo("next: llamakeep lab up" + ("" if name == DEFAULT else f" --name {name}"))
    else:
        click.echo(f"there is no lab {name}: nothing to remove\nnext: llamakeep lab status")
    return 0


@command.command(name="status")
@click.option("--name", default=None, help="One lab only.")
@_AS_JSON
def status_(name: str | None, as_json: bool) -> int:
    """List the labs on this machine. Exit code 1 where there is none, or one that is not complete."""
    from llamakeep_lab import engine, status

    client = engine.connect()
    labs = status.every(client) if name is None else [status.look(client, name)]
    labs = [each for each in labs if each.hosts or each.inventory]
    well = bool(labs) and all(each.complete for each in labs)
    if as_json:
        click.echo(json.dumps([each.model_dump() for each in labs], indent=1))
        return 0 if well else 1
    if not labs:
        click.echo("no lab is up" if name is None else f"lab {name} is not up")
    if labs:
        _show(labs)
    click.echo(f"next: {_next(labs, name)}")
    return 0 if well else 1


@command.command()
@click.argument("host")
@_NAMED
def shell(host: str, name: str) -> int:
    """Open a shell on HOST over ssh, as its inventory says."""
    from llamakeep_lab.inventory import KEYS

    found = lab.attach(name)
    machine, keys = found.host(host), found.inventory / KEYS
    if not (keys / "id_ed25519").exists():
        raise Refusal(
            str(keys),
            "the lab's key is not there",
            id="lab-key-missing",
            remedy="llamakeep lab up writes it anew; the hosts stay",
        )
    pinned = ["-o", f"UserKnownHostsFile={keys / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes"]
    ssh = ["ssh", "-i", str(keys / "id_ed25519"), *pinned, f"root@{machine.address4}"]
    os.execvp(ssh[0], ssh)  # noqa: S606 - the shell takes this process's place


def _teller(as_json: bool) -> Callable[[str], None]:
    """Return what tells each step: on stderr where stdout belongs to a record."""
    return lambda step: click.echo(step, err=as_json)


def _show(labs: list["LabStatus"]) -> None:
    """Print one table for all labs."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    # Into a file or a pipe nothing is cut off; on a terminal long cells are folded.
    console.width = console.width if console.is_terminal else _WIDE
    table = Table(box=None, pad_edge=False)
    for heading in ("lab", "host", "state", "debian", "IPv4", "IPv6", "GPU"):
        table.add_column(heading, overflow="fold")
    for each in labs:
        for n, host in enumerate(each.hosts):
            table.add_row(each.name if n == 0 else "", *_row(host))
    console.print(table)
    for each in labs:
        who = "the stand-in" if any(host.standin for host in each.hosts) else "the real one"
        where = _short(Path(each.inventory))
        state = "" if each.complete else ", NOT COMPLETE"
        console.print(f"{each.name}: {where}, Ollama is {who}{state}", highlight=False, soft_wrap=True)


def _row(host: "HostStatus") -> tuple[str, ...]:
    played = host.gpu if host.gpu == gpu.NONE else f"{host.gpu} (simulated)"
    return (
        host.name,
        host.state,
        host.release,
        host.address4,
        host.address6,
        played if host.name.startswith("llm") else "",
    )


def _next(labs: list["LabStatus"], name: str | None) -> str:
    broken = [each for each in labs if not each.complete]
    if labs and not broken:
        return f"llamakeep up {hint.fleet(_short(Path(labs[0].inventory)))}"
    wanted = broken[0].name if broken else name or DEFAULT
    return "llamakeep lab up" + ("" if wanted == DEFAULT else f" --name {wanted}")


def _short(path: Path) -> str:
    """Return a path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
