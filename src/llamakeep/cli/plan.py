"""`llamakeep plan`: what would change, and why."""

import json
from typing import TYPE_CHECKING

import click

from llamakeep import hint
from llamakeep.cli.options import console, fleet_options, inventory_path, tell
from llamakeep.cli.show import refuse_unknown
from llamakeep.errors import Refusal

if TYPE_CHECKING:
    from rich.console import Console

    from llamakeep.converge.checked import Checked
    from llamakeep.inventory.fleet import Fleet
    from llamakeep.observe.seen import Observation
    from llamakeep.plan.plan import Plan


@click.command()
@fleet_options
@click.option("--host", metavar="NAME", help="The plan of this host, in full.")
@click.option("--diff", "with_diff", is_flag=True, help="Also Ansible's own check-mode diff of the hosts to change.")
def command(
    path: str | None, is_here: bool, limit: str | None, as_json: bool, host: str | None, with_diff: bool
) -> int:
    """Show what would change on each host, and change nothing.

    With --diff, Ansible's check mode is asked as well: it shows, line by line, what would change in files, folders,
    units and models. Secrets are struck out. With --json the diff stands under the key `diff`.

    Exit codes: 0 all is as wanted, 1 something would change or is blocked, 2 no host could be reached or checked.
    """
    from llamakeep import inventory, observe, pipeline, state
    from llamakeep.plan import page

    name = inventory_path(path, is_here=is_here)
    observe.start()
    everybody, names = inventory.choose(name, limit)
    whole = everybody.only(names)
    fleet = whole
    if host is not None:
        _refuse_unplanned(host, fleet)
        fleet = fleet.only({host})
    # With --json what is for people goes to stderr; stdout holds the record alone.
    out = console(stderr=as_json)
    with out.status("observing"):
        observation, found = pipeline.look(fleet, everybody)
    tell(state.keep(name, {"inventory": fleet, "observe": observation, "plan": found}).note)
    if not as_json:
        page.show(found, out, host)
    checked = _check(whole, found, out) if with_diff else None
    if as_json:
        click.echo(found.model_dump_json(indent=1) if checked is None else _with_diff(found, checked))
    else:
        if checked is not None:
            _show_diff(checked, out, host)
        arguments = hint.fleet(name, is_here=is_here)
        only = host or limit
        out.print(
            f"next: {page.following(found, f'{arguments} --limit {only}' if only else arguments)}", soft_wrap=True
        )
    if all(one.state == "as wanted" for one in found.hosts):
        return 0
    if checked is not None and checked.hosts and all(one.failure is not None for one in checked.hosts):
        return 2
    return 1 if _any_reached(observation, [one.host for one in found.hosts]) else 2


def _refuse_unplanned(host: str, fleet: "Fleet") -> None:
    """Refuse a host that there is no plan for: an unknown one, and one that no role manages."""
    managed = [one.name for one in fleet.hosts if one.is_managed]
    if host not in managed and any(one.name == host for one in fleet.hosts):
        raise Refusal(
            f"--host {host}",
            "no role manages this host: there is nothing to plan",
            id="host-not-managed",
            expected="a host of the group llm_hosts, chat_hosts, gateway_hosts or desktop_hosts",
            remedy=f"one of {', '.join(managed[:10])}" if managed else "put a host into one of these groups",
        )
    refuse_unknown(host, managed)


def _check(fleet: "Fleet", found: "Plan", out: "Console") -> "Checked":
    """Ask Ansible about the hosts that would change; the others are named, or as they should be."""
    from llamakeep import converge
    from llamakeep.converge.events import HostProgress
    from llamakeep.converge.redaction import redaction_for

    names = {state: tuple(one.host for one in found.hosts if one.state == state) for state in ("to change", "blocked")}
    asked = names["to change"]
    hosts = f"{len(asked)} hosts" if len(asked) > 1 else "".join(asked)
    with out.status(f"asking Ansible what would change on {hosts}") as status:

        def on_step(host: HostProgress) -> None:
            status.update(f"asking Ansible what would change on {hosts}: {host.host}  {host.stage}")

        redaction, left_out = redaction_for(fleet), found.left_out
        checked = converge.check(fleet.inventory, asked, redaction, on_step=on_step, left_out=left_out, ttys=found.ttys)
    return checked.model_copy(update={"blocked": names["blocked"]})


def _show_diff(checked: "Checked", out: "Console", host: str | None) -> None:
    from llamakeep.converge import difference

    difference.show(checked, out, in_full=host is not None)
    out.print()


def _with_diff(found: "Plan", checked: "Checked") -> str:
    """Return the plan with the diff under a key of its own; control characters in files stand as escapes."""
    return json.dumps({**found.model_dump(mode="json"), "diff": checked.model_dump(mode="json")}, indent=1)


def _any_reached(observation: "Observation", names: list[str]) -> bool:
    return any(observation.host(name).reachable for name in names)
