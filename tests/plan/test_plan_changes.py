"""Changes as values: no network, no Ansible, no printing."""

import pytest
from office import GIB, KIT, MISTRAL, SALT, bare, converged, hexed, host, model

from llamakeep.inventory.concealed import conceal
from llamakeep.observe.seen import Drift, Receipt, SeenUnit
from llamakeep.plan.change import changes_for
from llamakeep.plan.finding import findings_for
from llamakeep.plan.plan import Change
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.wanted import WantedOllama


def whats(changes: tuple[Change, ...]) -> list[str]:
    return [f"{change.sign} {change.what}" for change in changes]


def test_a_host_as_converged_is_as_wanted() -> None:
    wanted = host(MISTRAL)
    assert changes_for(wanted, converged(wanted), KIT) == ()
    assert findings_for(wanted, converged(wanted)) == ()


def test_a_bare_host_gets_everything_firewall_first() -> None:
    changes = changes_for(host(MISTRAL), bare(), KIT)
    assert whats(changes) == [
        "+ firewall, table inet llamakeep: closed before anything listens",
        "+ ollama 0.34.4",
        "+ ollama.service, sealed off the network",
        "+ door ollama-api at 127.0.0.1:11434",
        "+ door ollama-manage at 127.0.0.1:11436, for root",
        "+ mistral:7b",
    ]
    assert [change.size for change in changes] == [0, GIB, 0, 0, 0, 4 * GIB + 110]
    assert changes[-1].source == "registry1:5000"


def test_an_ollama_that_was_there_before_is_adopted() -> None:
    seen = bare(ollama=SeenOllama(answers=True, version="0.32.9"))
    assert "~ ollama 0.32.9 → 0.34.4" in whats(changes_for(host(), seen, KIT))


def test_a_converge_that_never_ended_is_finished() -> None:
    wanted = host(MISTRAL)
    receipt = Receipt(kit="", complete=False, salt=SALT, inputs={}, managed={})
    changes = changes_for(wanted, bare(receipt=receipt), KIT)
    assert "the last run was interrupted" in changes[0].why
    assert len(changes) == 6


def test_another_release_says_which_variable_and_what_restarts() -> None:
    seen = converged(host())
    changed = changes_for(host(ollama_version="0.35.0", **{"lock:ollama": {"linux-amd64": {}}}), seen, KIT)
    assert changed == (
        Change(
            sign="~",
            what="ollama 0.34.4 → 0.35.0",
            why="ollama_version, group_vars/llm_hosts.yml:4",
            size=GIB,
            source="registry1:5000",
            restarts=("ollama.service",),
        ),
    )


def test_the_same_release_from_another_archive() -> None:
    seen = converged(host())
    (change,) = changes_for(host(**{"lock:ollama": {"linux-amd64": {"sha256": "cd"}}}), seen, KIT)
    assert (change.what, change.why) == ("ollama 0.34.4, from another archive", "llamakeep.lock")


def test_a_setting_says_its_value_and_what_restarts() -> None:
    seen = converged(host())
    (change,) = changes_for(host(ollama_context_length=16384), seen, KIT)
    assert (change.what, change.why) == ("ollama_context_length: 16384", "ollama_context_length, its default")
    assert change.restarts == ("ollama.service",)


def test_a_secret_setting_is_not_shown() -> None:
    secret = conceal("ollama_environment", {"HF_TOKEN": "s3cret"}, frozenset())
    (change,) = changes_for(host(ollama_environment=secret), converged(host(ollama_environment={})), KIT)
    assert "s3cret" not in change.model_dump_json()
    assert "(redacted)" in change.what


def test_a_changed_door_does_not_restart_the_service() -> None:
    (change,) = changes_for(host(ollama_api_port=11500), converged(host()), KIT)
    assert change.restarts == ("ollama-api.socket",)
    (change,) = changes_for(host(ollama_manage_port=11500), converged(host(ollama_manage_port=11436)), KIT)
    assert (change.restarts, change.reloads) == (("ollama-manage.socket",), ("ollama-api.service",))
    (change,) = changes_for(host(ollama_manage_users=["ann"]), converged(host(ollama_manage_users=[])), KIT)
    assert (change.restarts, change.reloads) == ((), ())


def test_a_model_that_is_new() -> None:
    changes = changes_for(host(MISTRAL), converged(host()), KIT)
    assert whats(changes) == ["+ mistral:7b"]
    assert changes[0].why == "ollama_models_names, group_vars/llm_hosts.yml:5"


def test_a_model_that_nobody_wants_any_more_stays() -> None:
    changes = changes_for(host(), converged(host(MISTRAL)), KIT)
    assert whats(changes) == ["- mistral:7b (no longer managed; stays on disk)"]


def test_blobs_that_two_models_share_are_counted_once() -> None:
    twin = model("mistral:latest", ("weights", 4 * GIB), ("template", 100))
    changes = [change for change in changes_for(host(MISTRAL, twin), bare(), KIT) if change.size and change.source]
    assert [change.size for change in changes] == [GIB, 4 * GIB + 110, 10]


def test_a_model_that_moved_brings_only_what_is_new() -> None:
    moved = model("mistral:7b", ("weights", 4 * GIB), ("another template", 200))
    changes = changes_for(host(moved), converged(host(MISTRAL)), KIT)
    assert whats(changes) == [f"~ mistral:7b {MISTRAL.digest[:12]} → {moved.digest[:12]}"]
    assert (changes[0].size, changes[0].why) == (200, "llamakeep.lock")


def test_another_kit() -> None:
    wanted = host()
    (change,) = changes_for(wanted, converged(wanted), "0.2.0+000000000000")
    assert change.what == f"llamakeep {KIT} → 0.2.0+000000000000"


@pytest.mark.parametrize(
    ("drift", "what", "restarts"),
    [
        (
            Drift(kind="file", name="/etc/systemd/system/ollama.service", found="its content was changed"),
            "~ /etc/systemd/system/ollama.service: its content was changed",
            ("ollama.service",),
        ),
        (
            Drift(kind="file", name="/etc/llamakeep/firewall.nft", found="missing"),
            "+ /etc/llamakeep/firewall.nft: missing",
            (),
        ),
        (
            Drift(kind="link", name="/opt/llamakeep/ollama/current", found="bin/ollama in it was changed"),
            "~ /opt/llamakeep/ollama/current: bin/ollama in it was changed",
            ("ollama.service",),
        ),
        (
            Drift(kind="firewall", name="inet llamakeep", found="gone"),
            "+ firewall, table inet llamakeep: gone",
            (),
        ),
        (
            Drift(kind="unit", name="ollama.service", found="inactive (dead), expected started"),
            "~ ollama.service: inactive (dead), expected started",
            ("ollama.service",),
        ),
        (
            Drift(kind="blob", name=f"mistral:7b sha256:{hexed('weights')}", found="its bytes were changed"),
            f"~ a blob of mistral:7b sha256:{hexed('weights')[:12]}…: its bytes were changed",
            (),
        ),
    ],
)
def test_every_drift_is_a_change(drift: Drift, what: str, restarts: tuple[str, ...]) -> None:
    wanted = host(MISTRAL)
    seen = converged(wanted, drift=(drift,))
    (change,) = changes_for(wanted, seen, KIT)
    assert (f"{change.sign} {change.what}", change.restarts) == (what, restarts)
    assert change.size == (4 * GIB if drift.kind == "blob" else 0)


def test_a_service_that_lost_its_seal() -> None:
    wanted = host()
    service = SeenUnit(unit="ollama.service", active="active", enabled="enabled", pid=1, interfaces=("lo", "eth0"))
    (change,) = changes_for(wanted, converged(wanted, units=(service,)), KIT)
    assert "sees eth0 beside loopback" in change.what


def test_a_service_that_is_open_by_choice_has_no_seal_to_lose() -> None:
    wanted = host()
    wanted = wanted.having("ollama", wanted.must_have(WantedOllama).model_copy(update={"sealed": False}))
    service = SeenUnit(unit="ollama.service", active="active", enabled="enabled", pid=1, interfaces=("lo", "eth0"))
    assert changes_for(wanted, converged(wanted, units=(service,)), KIT) == ()


def test_a_service_that_does_not_answer() -> None:
    wanted = host()
    (change,) = changes_for(wanted, converged(wanted, ollama=SeenOllama(answers=False)), KIT)
    assert "does not answer" in change.what


def test_a_service_behind_a_door_that_is_shut_may_well_answer() -> None:
    wanted = host()
    shut = SeenUnit(unit="ollama-api.socket", active="inactive", enabled="enabled", pid=None)
    service = SeenUnit(unit="ollama.service", active="active", enabled="enabled", pid=1, interfaces=("lo",))
    seen = converged(wanted, ollama=SeenOllama(answers=False), units=(service, shut))
    assert not any("does not answer" in change.what for change in changes_for(wanted, seen, KIT))


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (KIT, "not in the receipt: the host is new in its group"),
        ("0.1.0", "not in the receipt: the host is new in its group, or llamakeep 0.1.0 had no such role"),
    ],
)
def test_what_is_not_in_the_receipt_says_what_that_can_mean(before: str, why: str) -> None:
    wanted = host()
    seen = converged(wanted)
    assert seen.receipt is not None
    left = {name: part for name, part in seen.receipt.managed.items() if name != "ollama"}
    changes = changes_for(
        wanted, converged(wanted, receipt=seen.receipt.model_copy(update={"kit": before, "managed": left})), KIT
    )
    assert why in {change.why for change in changes}
