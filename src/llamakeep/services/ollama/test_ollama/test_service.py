"""Service: the wanted release runs, with the wanted settings, hardened, as converge left it."""

from llamakeep.services.ollama.verified import settings
from llamakeep.services.ollama.verified.host import LlmHost
from llamakeep.services.ollama.wanted import DOOR, MANAGE
from llamakeep.verify.claim import claim

_MOST_EXPOSED = 1.5  # systemd-analyze security, 0 to 10
_STAND_IN = "standin"  # the lab's program says so in its version


@claim("service-not-active", "the service is active", journal=True)
def test_is_active(llm_host: LlmHost) -> None:
    unit = llm_host.service
    assert unit.active == "active", f"{llm_host.wanted.door.into} is {unit.active}; expected: active"


@claim("service-not-enabled", "the service comes back at boot")
def test_is_enabled(llm_host: LlmHost) -> None:
    unit = llm_host.service
    assert unit.enabled == "enabled", f"{llm_host.wanted.door.into} is {unit.enabled or unit.load}; expected: enabled"


@claim("release-wrong", "the wanted release answers", journal=True)
def test_version(llm_host: LlmHost) -> None:
    if not llm_host.seen.unreached and llm_host.look.api is None:
        raise AssertionError(llm_host.seen.why_not("api"))
    wanted, answered = llm_host.wanted.version, llm_host.api.version or "nothing"
    same = answered == wanted or (answered.startswith(wanted) and _STAND_IN in answered)
    assert same, f"Ollama {answered} answers; expected: {wanted}"


@claim("cloud-features-on", "the server says that its cloud features are off")
def test_cloud_is_off(llm_host: LlmHost) -> None:
    assert llm_host.api.cloud_disabled is True, "cloud features are on; expected: OLLAMA_NO_CLOUD=1 in force"


@claim("service-settings-wrong", "the running server has the wanted settings")
def test_environment(llm_host: LlmHost) -> None:
    wrong = settings.differences(llm_host.host, llm_host.wanted, llm_host.environment, llm_host.nonce)
    assert not wrong, "; ".join(wrong)


@claim("service-exposure-too-high", "systemd calls the service's exposure 1.5 or less")
def test_hardening(sealed_host: LlmHost) -> None:
    exposure = sealed_host.exposure
    assert exposure <= _MOST_EXPOSED, f"systemd-analyze security says {exposure}; expected: {_MOST_EXPOSED} or less"


@claim("service-drifted", "the service's files, links and units are as converge left them")
def test_is_as_left(llm_host: LlmHost) -> None:
    drift = [
        each for each in llm_host.drift_of("ollama") if not any(door in each.name for door in (DOOR, MANAGE))
    ]  # doors have a claim
    assert not drift, "; ".join(f"{each.name}: {each.found}" for each in drift)
