"""From a prompt to an answer: when to stop, and what may already be shown."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable, Iterator
from typing import Any

from .weights import Weights


class CancelledError(Exception):
    """Nobody listens any more."""


class Held:
    """Text that waits until it is certain not to be the beginning of a stop word."""

    def __init__(self, stops: list[str]) -> None:
        """Take the stop words."""
        self._stops = [stop for stop in stops if stop]
        self._text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.stopped = False

    def add(self, data: bytes) -> str:
        """Take more bytes; return what may be shown now. `stopped` is true once a stop word came."""
        self._text += self._decoder.decode(data)
        found = [at for at in map(self._text.find, self._stops) if at >= 0]
        if found:
            self.stopped = True
            shown, self._text = self._text[: min(found)], ""
            return shown
        keep = max((self._overlap(stop) for stop in self._stops), default=0)
        cut = len(self._text) - keep
        shown, self._text = self._text[:cut], self._text[cut:]
        return shown

    def rest(self) -> str:
        """Return what still waits when the answer is over."""
        shown, self._text = self._text, ""
        return shown

    def _overlap(self, stop: str) -> int:
        longest = min(len(stop) - 1, len(self._text))
        return next((size for size in range(longest, 0, -1) if self._text.endswith(stop[:size])), 0)


def answer(weights: Weights, question: dict[str, Any], gone: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    """Yield the pieces of an answer; the last has `stop` true, why, and the counts."""
    began = time.monotonic()
    prompt = _prompt(weights, question.get("prompt", ""))
    for _ in weights.read(prompt):
        if gone():
            raise CancelledError
    read = time.monotonic()
    held, said, why = Held(list(question.get("stop") or [])), [], "limit"
    limit = int(question.get("n_predict", -1))
    for token in weights.say(question) if limit else ():
        if gone():
            raise CancelledError
        said.append(token)
        if weights.ends(token):
            why = "eos"
            break
        shown = held.add(weights.piece(token))
        if held.stopped:
            why = "word"
        if shown:
            yield {"content": shown, "stop": False}
        if held.stopped or 0 < limit <= len(said):
            break
    if rest := held.rest():
        yield {"content": rest, "stop": False}
    kept = said[:-1] if why == "eos" else said
    yield {
        "content": "",
        "stop": True,
        "stop_type": why,
        "tokens": prompt + kept,
        "tokens_evaluated": len(prompt),
        "tokens_predicted": len(said),
        "timings": {"prompt_ms": (read - began) * 1000, "predicted_ms": (time.monotonic() - read) * 1000},
    }


def _prompt(weights: Weights, prompt: Any) -> list[int]:
    """Return a prompt's tokens: a text, or a list of texts and tokens; never more than fit."""
    tokens: list[int] = []
    for part in prompt if isinstance(prompt, list) else [prompt]:
        tokens += [part] if isinstance(part, int) else weights.tokens(str(part), first=not tokens)
    if len(tokens) >= weights.context:
        # The newest half is kept, so that there is room for an answer.
        tokens = tokens[-(weights.context // 2) :]
    return tokens or weights.tokens("\n", first=True)
