"""Reach: whom the inventory lets in gets to the chat, and nobody else does."""

from llamakeep.services.open_webui.verified.host import OpenWebuiHost
from llamakeep.verify.claim import claim
from llamakeep.verify.probed import Probed


@claim("chat-door-open-to-untrusted", "{untrusted} finds no open door of the chat at any address of the host")
def test_untrusted_stays_outside_of_the_chat(open_webui_host: OpenWebuiHost, untrusted: Probed) -> None:
    untrusted.expect_shut(open_webui_host.wanted.door)


@claim("chat-door-closed-to-allowed", "{allowed}, whom the inventory lets in, reaches the chat")
def test_allowed_reaches_the_chat(open_webui_host: OpenWebuiHost, allowed: Probed) -> None:
    allowed.expect_open("open-webui", "Open WebUI", f"the chat of {open_webui_host}")
