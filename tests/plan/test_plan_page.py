"""How a plan reads on a terminal."""

import io

from rich.console import Console

from llamakeep.plan import page
from llamakeep.plan.plan import Change, Finding, HostPlan, Plan

RELEASE = Change(
    sign="~",
    what="ollama 0.32.9 → 0.34.4",
    why="ollama_version, group_vars/llm_hosts.yml:4",
    restarts=("ollama.service",),
)
MODEL = Change(sign="+", what="mistral:7b", why="ollama_models_names", size=4402341478, source="registry1:5000")
DRIVER = Finding(id="disk-too-small", severity="blocking", found="no room", expected="8.0 GiB", remedy="make room")


def printed(plan: Plan, host: str | None = None) -> list[str]:
    out = io.StringIO()
    page.show(plan, Console(file=out, width=160, highlight=False), host)
    return out.getvalue().splitlines()


def plan(*hosts: HostPlan, **fields: object) -> Plan:
    return Plan(inventory="inventories/office", hosts=hosts, seconds=1.4, **fields)  # type: ignore[arg-type]


def test_the_sketch() -> None:
    hosts = (
        HostPlan(host="gpu03", changes=(RELEASE, MODEL), patient=("ollama.service",)),
        HostPlan(host="gpu07", findings=(DRIVER,), changes=(MODEL,)),
        *(HostPlan(host=f"gpu{n}") for n in range(20, 29)),
    )
    assert printed(plan(*hosts)) == [
        "inventories/office · 11 hosts · observed in 1.4 s",
        "",
        "✗ gpu07  disk-too-small  no room",
        "         expected: 8.0 GiB",
        "         → make room",
        "~ gpu03  ~ ollama 0.32.9 → 0.34.4                   ollama_version, group_vars/llm_hosts.yml:4",
        "         + mistral:7b  4.1 GiB from registry1:5000  ollama_models_names",
        "         restarts ollama.service (connections wait, none is refused)",
        "✓ 9 hosts are as wanted",
        "",
        "11 hosts: 9 as wanted, 1 to change, 1 blocked · 4.1 GiB to download",
    ]


def test_hosts_of_which_the_same_is_to_be_said_stand_together() -> None:
    hosts = (HostPlan(host="gpu01", changes=(MODEL,)), HostPlan(host="gpu02", changes=(MODEL,)))
    lines = printed(plan(*hosts))
    assert lines[2] == "~ gpu01, gpu02"
    assert sum("mistral:7b" in line for line in lines) == 1


def test_one_host_in_full_and_the_others_in_short() -> None:
    many = tuple(Change(sign="+", what=f"model{n}", why="x") for n in range(20))
    hosts = (HostPlan(host="gpu01", changes=many), HostPlan(host="gpu02"))
    assert any(line.endswith("… 8 more lines: plan --host gpu01") for line in printed(plan(*hosts)))
    full = printed(plan(*hosts), "gpu01")
    assert sum("+ model" in line for line in full) == 20
    assert not any("gpu02" in line or "to change" in line for line in full)


def test_words_of_the_hosts_are_no_markup() -> None:
    finding = Finding(id="fact-missing", severity="blocking", found="said [red]hello[/red] [/]")
    assert any("[red]hello[/red] [/]" in line for line in printed(plan(HostPlan(host="gpu01", findings=(finding,)))))


def test_every_run_ends_with_the_next_step() -> None:
    changing = plan(HostPlan(host="gpu01", changes=(MODEL,)))
    stuck = plan(HostPlan(host="gpu01", findings=(DRIVER,)))
    assert page.following(changing, "-i X") == "llamakeep up -i X"
    assert page.following(plan(HostPlan(host="gpu01")), "-i X") == "llamakeep verify -i X"
    assert page.following(stuck, "-i X").startswith("llamakeep plan -i X --host gpu01")
