"""Answers: a real question through the door gets a real answer."""

from collections.abc import Callable

from llamakeep.services.ollama.verified import question
from llamakeep.services.ollama.verified.host import LlmHost
from llamakeep.verify.claim import claim
from llamakeep.verify.evidence import NotChecked


@claim("model-does-not-answer", "a model answers a question through the door", journal=True)
def test_answers(asked_host: LlmHost, record_property: Callable[[str, object], None]) -> None:
    seen, look = asked_host.seen, asked_host.look
    if seen.unreached:
        raise NotChecked(seen.unreached)
    assert look.api is not None, seen.why_not("api")
    chatty = [model for model in look.api.models if not model.capabilities or "completion" in model.capabilities]
    assert chatty, "the server lists no model that chats"
    answer = look.answer
    if answer is None:
        raise NotChecked(seen.why_not("answer"))
    record_property("seconds", answer.seconds)
    assert not answer.error, f"{answer.model}: {answer.error}"
    assert answer.text, f"{answer.model} answered with nothing"
    expected = question.expected_of(answer.model)
    assert expected.lower() in answer.text.lower(), f"{answer.model} says {answer.text!r}; expected: {expected}"
