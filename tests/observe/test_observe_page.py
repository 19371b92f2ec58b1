"""How an observation reads on a terminal."""

import io
from typing import Any

from rich.console import Console

from facts import facts
from llamakeep.lock.releases import KnownRelease
from llamakeep.observe import page
from llamakeep.observe.seen import Accelerator, BusGpu, Drift, Gpu, HostFacts, Observation, SeenUnit
from llamakeep.services.gateway.observed.seen import SeenBackend, SeenCertificate, SeenGateway
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui

GIB = 1024**3
CARD = Gpu(name="NVIDIA GeForce RTX 4090", driver="595.71.05", memory=24 * GIB, used=GIB, free=23 * GIB)
BOARD = BusGpu(bus="0000:01:00.0", vendor="nvidia", device="0x2684", name="GeForce RTX 4090", driver="")


def accelerated(**fields: Any) -> str:
    return page.gpu_words(Accelerator(**fields)).plain


def printed(*hosts: HostFacts, explained: tuple[str, ...] = ()) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=200, highlight=False)
    page.show(Observation(inventory="inventories/office", seconds=1.4, hosts=hosts), console, explained)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_accelerators_at_a_glance() -> None:
    assert accelerated(kind="nvidia", gpus=(CARD, CARD)) == "2 \N{MULTIPLICATION SIGN} RTX 4090"
    assert accelerated(kind="none") == page.NOTHING
    assert page.gpu_words(None).plain == "?"


def test_a_gpu_that_cannot_be_used_says_why_before_its_name() -> None:
    assert accelerated(kind="broken", cause="no driver", bus=(BOARD,)) == "no driver: RTX 4090"
    assert accelerated(kind="broken", cause="hangs", simulated=True) == "hangs (simulated)"


def test_memory_is_free_of_all() -> None:
    host = HostFacts(host="gpu01", reachable=True, accelerator=Accelerator(kind="nvidia", gpus=(CARD, CARD)))
    line = next(line for line in printed(host) if line.startswith("gpu01"))
    assert "46.0 of 48.0 GiB free" in line
    assert "595.71.05" in line


def test_memory_that_is_the_machines_own_is_no_zero() -> None:
    gpu = Gpu(name="NVIDIA GB10", driver="580.95.05")
    accelerator = Accelerator(kind="nvidia", gpus=(gpu,), unified=True)
    lines = printed(HostFacts(host="a", reachable=True, accelerator=accelerator))
    assert any("the machine's" in line for line in lines)


def test_what_the_table_cannot_say_follows_it() -> None:
    drift = Drift(kind="file", name="/etc/x", found="2 lines differ")
    broken = Accelerator(kind="broken", cause="hangs", detail="no answer within 20 s")
    hosts = (
        HostFacts(host="gpu01", reachable=True, drift=(drift,), gaps=("ollama: no answer within 8 s",)),
        HostFacts(host="gpu02", reachable=False, unreachable="nothing answers at 192.0.2.2 port 22"),
        HostFacts(host="gpu03", reachable=True, accelerator=broken),
    )
    lines = printed(*hosts)
    assert "~ gpu01 /etc/x: 2 lines differ" in lines
    assert "~ gpu01 could not be seen: ollama: no answer within 8 s" in lines
    assert "✗ gpu02 cannot be reached: nothing answers at 192.0.2.2 port 22" in lines
    assert "~ gpu03 hangs: no answer within 20 s" in lines


def test_of_a_host_that_the_plan_judges_only_the_drift_is_told() -> None:
    gone = HostFacts(host="gpu02", reachable=False, unreachable="nothing answers")
    assert not any("cannot be reached" in line for line in printed(gone, explained=("gpu02",)))


def test_sums() -> None:
    hosts = (HostFacts(host="a", reachable=True), HostFacts(host="b", reachable=False, unreachable="x"))
    observation = Observation(inventory="i", seconds=1, hosts=hosts)
    assert page.count(observation, 0) == "2 hosts: 1 seen, 1 not reached"
    assert page.count(observation, 1) == "2 hosts: 1 seen, 1 not reached · 1 cannot serve as it is"


def test_the_front_door_has_a_column_where_there_is_one() -> None:
    assert not any("front" in line for line in printed(HostFacts(host="gpu01", reachable=True)))
    chat = SeenOpenWebui(answers=True, version="0.12.4", sign_up=True, users=("ada@example.org",), admins=1)
    backends = (SeenBackend(model="m", host="gpu01", up=True), SeenBackend(model="m", host="gpu02", up=False))
    gateway = SeenGateway(answers=True, version="3.0.11-1+deb13u3", backends=backends)
    lines = printed(facts("chat1", open_webui=chat), facts("gate1", gateway=gateway))
    assert any(line.endswith("chat 0.12.4, 1 user; sign-up open") for line in lines)
    assert any(line.endswith("gateway 3.0.11, 1 of 2 backends") for line in lines)


def test_a_front_door_that_is_silent_or_shows_a_bad_certificate_says_so() -> None:
    bad = SeenCertificate(names=("x",), issuer="y", until="2026-01-01T00:00:00Z", fault="it has expired")
    lines = printed(
        facts("chat1", open_webui=SeenOpenWebui(answers=False)),
        facts("gate1", gateway=SeenGateway(answers=False, certificate=bad)),
    )
    assert any(line.endswith("chat: silent") for line in lines)
    assert any(line.endswith("gateway: silent; certificate at fault") for line in lines)
    assert "~ gate1 the gateway's certificate: it has expired" in lines


def test_a_chat_is_sealed_or_open_as_an_engine_is() -> None:
    def at(*names: str) -> str:
        service = SeenUnit(
            unit="open-webui.service", active="active", enabled="enabled", pid=1, interfaces=names, routes=0
        )
        return page._network(HostFacts(host="chat1", reachable=True, units=(service,))).plain

    assert at("lo") == "sealed"
    assert at("lo", "eth0") == "open: eth0"


def test_it_says_which_release_is_the_newest_known_and_since_when() -> None:
    known = KnownRelease(release="0.35.1", below="0.36", written="2026-11-30")
    assert page.newest_known(known) == "newest known ollama: 0.35.1 (as of 2026-11-30); 0.36 and later are refused"
