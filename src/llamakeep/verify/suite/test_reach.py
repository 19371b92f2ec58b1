"""Reach: whom the inventory lets in gets in, and nobody else does."""

from llamakeep.inventory.door import Door
from llamakeep.verify.claim import claim
from llamakeep.verify.judged import ChatHost, LlmHost
from llamakeep.verify.visit import JudgedVisit


@claim("door-open-to-untrusted", "{stranger} finds no open door at any address of the host")
def test_stranger_stays_outside(llm_host: LlmHost, stranger: JudgedVisit) -> None:
    _stays_outside(llm_host.wanted.door, stranger)


@claim("door-closed-to-allowed", "{guest}, whom the inventory lets in, reaches the models")
def test_guest_gets_in(llm_host: LlmHost, guest: JudgedVisit) -> None:
    _gets_in(guest, "ollama", f"the models of {llm_host}")


@claim("chat-door-open-to-untrusted", "{stranger} finds no open door of the chat at any address of the host")
def test_stranger_stays_outside_of_the_chat(chat_host: ChatHost, stranger: JudgedVisit) -> None:
    _stays_outside(chat_host.wanted.door, stranger)


@claim("chat-door-closed-to-allowed", "{guest}, whom the inventory lets in, reaches the chat")
def test_guest_reaches_the_chat(chat_host: ChatHost, guest: JudgedVisit) -> None:
    _gets_in(guest, "open-webui", f"the chat of {chat_host}")


def _stays_outside(door: Door, stranger: JudgedVisit) -> None:
    tried = [knock for knock in stranger.knocks if knock.outcome != "no route"]
    stranger.refuse_to_judge_unless(tried, "none of its addresses could be tried")
    inside = [knock for knock in tried if knock.outcome == "answers"]
    groups = " and ".join(door.groups)
    assert not inside, (
        f"{' and '.join(knock.place for knock in inside)} answers to {stranger}; "
        f"expected: {f'{groups} only' if groups else 'nobody outside the host gets in'}"
    )


def _gets_in(guest: JudgedVisit, speaks: str, expected: str) -> None:
    tried = [knock for knock in guest.knocks if knock.outcome != "no route"]
    guest.refuse_to_judge_unless(tried, "none of its doors could be tried")
    closed = [knock for knock in tried if knock.speaks != speaks]
    named = "Ollama" if speaks == "ollama" else "Open WebUI"
    assert not closed, f"{closed[0].place}: {closed[0].in_words(named)} for {guest}; expected: {expected}"
