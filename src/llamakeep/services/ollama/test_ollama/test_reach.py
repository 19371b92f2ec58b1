"""Reach: whom the inventory lets in gets to the models, and nobody else does."""

from llamakeep.services.ollama.verified.host import LlmHost
from llamakeep.verify.claim import claim
from llamakeep.verify.probed import Probed


@claim("door-open-to-untrusted", "{untrusted} finds no open door at any address of the host")
def test_untrusted_stays_outside(llm_host: LlmHost, untrusted: Probed) -> None:
    untrusted.expect_shut(llm_host.wanted.door)


@claim("door-closed-to-allowed", "{allowed}, whom the inventory lets in, reaches the models")
def test_allowed_gets_in(llm_host: LlmHost, allowed: Probed) -> None:
    allowed.expect_open("ollama", "Ollama", f"the models of {llm_host}")
