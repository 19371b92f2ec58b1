"""Answers: a real question through the door gets a real answer."""

from collections.abc import Callable

from llamakeep.verify import question
from llamakeep.verify.claim import claim
from llamakeep.verify.evidence import Unjudged
from llamakeep.verify.judged import LlmHost


@claim("model-does-not-answer", "a model answers a question through the door", journal=True)
def test_answers(asked_host: LlmHost, record_property: Callable[[str, object], None]) -> None:
    seen = asked_host.seen
    if seen.unreached:
        raise Unjudged(seen.unreached)
    assert seen.api is not None, seen.why_not("api")
    chatty = [model for model in seen.api.models if not model.capabilities or "completion" in model.capabilities]
    assert chatty, "the server lists no model that chats"
    answer = seen.answer
    if answer is None:
        raise Unjudged(seen.why_not("answer"))
    record_property("seconds", answer.seconds)
    assert not answer.error, f"{answer.model}: {answer.error}"
    assert answer.text, f"{answer.model} answered with nothing"
    expected = question.expected_of(answer.model)
    assert expected.lower() in answer.text.lower(), f"{answer.model} says {answer.text!r}; expected: {expected}"
