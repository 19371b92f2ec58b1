"""Reach: whom the inventory lets in gets in, and nobody else does."""

from llamakeep.verify.claim import claim
from llamakeep.verify.judged import LlmHost
from llamakeep.verify.visit import JudgedVisit


@claim("{stranger} finds no open door at any address of the host")
def test_stranger_stays_outside(llm_host: LlmHost, stranger: JudgedVisit) -> None:
    tried = [knock for knock in stranger.knocks if knock.outcome != "no route"]
    stranger.refuse_to_judge_unless(tried, "none of its addresses could be tried")
    inside = [knock for knock in tried if knock.outcome == "answers"]
    groups = " and ".join(llm_host.wanted.door.groups)
    assert not inside, (
        f"{' and '.join(knock.place for knock in inside)} answers to {stranger}; "
        f"expected: {f'{groups} only' if groups else 'nobody outside the host gets in'}"
    )


@claim("{guest}, whom the inventory lets in, reaches the models")
def test_guest_gets_in(llm_host: LlmHost, guest: JudgedVisit) -> None:
    tried = [knock for knock in guest.knocks if knock.outcome != "no route"]
    guest.refuse_to_judge_unless(tried, "none of its doors could be tried")
    closed = [knock for knock in tried if knock.speaks != "ollama"]
    assert not closed, f"{closed[0].place}: {closed[0].in_words} for {guest}; expected: the models of {llm_host}"
