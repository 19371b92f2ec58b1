"""One host's answers, put together."""

from typing import Any

import pytest
from hosts_said import said

from llamakeep.observe.host import facts_of
from llamakeep.observe.looking import FACTS
from llamakeep.observe.seen import HostFacts
from llamakeep.services.ollama.observed.seen import SeenOllama


def host(at: float = 1763850000.2, **cases: str) -> HostFacts:
    """Return a host whose answers were recorded."""
    text = "".join(f"\n\x1e{fact}\n{said(fact, case)}\n\x1e=0\n" for fact, case in cases.items())
    answer: dict[str, Any] = {
        "text": f"Welcome!\n\x1b[1mmotd\n{text}",
        "error": "",
        "seconds": 0.5,
        "at": at,
        "needs_tty": False,
    }
    return facts_of("gpu03", answer, FACTS)


def test_an_unreachable_host_has_no_facts() -> None:
    answer = {"text": None, "error": "no connection within 10 s", "seconds": 10.0, "at": 10.0}
    found = facts_of("gpu03", answer, FACTS)
    assert (found.reachable, found.unreachable, found.system) == (False, "no connection within 10 s", None)


def test_the_clock_is_held_against_ours() -> None:
    found = host(system="debian-13-root", clock="busybox", at=1763850030.5)
    assert found.system is not None
    assert (found.system.clock_off, found.system.booted) == (-29.0, 4711.02)


def test_without_a_clock_nothing_is_said_of_it() -> None:
    found = host(system="debian-13-root", clock="no-date")
    assert found.system is not None
    assert found.system.clock_off is None
    assert "clock: an answer that cannot be read (no time: )" in found.gaps


def test_apple_silicon_is_the_accelerator() -> None:
    found = host(apple="m2-ultra-macos-15")
    assert found.accelerator is not None
    assert found.accelerator.kind == "apple"


def test_every_copy_comes_with_the_server() -> None:
    found = host(ollama="standin-with-three-models", copies="ours", services="converged", listeners="converged")
    copies = found.must_have(SeenOllama).copies
    assert [(copy.version, copy.running, copy.address) for copy in copies] == [("0.34.4-standin", True, "")]


def test_a_copy_has_the_address_of_its_process() -> None:
    found = host(ollama="not-running", copies="macos-app-and-homebrew", listeners="macos")
    assert [copy.address for copy in found.must_have(SeenOllama).copies] == ["", "127.0.0.1:11434"]


def test_a_connection_that_broke_leaves_what_was_said_before() -> None:
    found = host(system="debian-13-root")
    assert found.system is not None
    assert "receipt: the answer was cut off" in found.gaps


def test_a_service_is_read_from_a_record_as_what_it_is() -> None:
    found = host(ollama="standin-with-three-models", gateway="converged", chat="stopped")
    assert list(found.services) == ["ollama", "gateway", "open_webui"]
    assert HostFacts.model_validate_json(found.model_dump_json()) == found


def test_a_service_that_was_not_seen_is_none_or_a_mistake() -> None:
    found = host(gateway="converged")
    assert found.service(SeenOllama) is None
    with pytest.raises(LookupError, match="gpu03 has no SeenOllama"):
        found.must_have(SeenOllama)
