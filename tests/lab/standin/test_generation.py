"""When an answer stops, and what of it may already be shown; with a model of words for weights."""

import pytest

from llamakeep_lab.standin.program.generation import CancelledError, Held, answer


class Words:
    """Speaks fixed pieces; the last token ends the answer."""

    context = 64

    def __init__(self, *pieces):
        self.pieces = pieces

    def tokens(self, text, *, first):  # noqa: ARG002 - as the real one is called
        return list(text.encode())

    def read(self, prompt):
        self.prompt = prompt
        yield

    def say(self, options):  # noqa: ARG002 - as the real one is called
        yield from range(len(self.pieces) + 1)

    def ends(self, token):
        return token == len(self.pieces)

    def piece(self, token):
        return self.pieces[token]


def said(words, **question):
    pieces = list(answer(words, {"prompt": "Hi", **question}, lambda: False))
    return [piece["content"] for piece in pieces if piece["content"]], pieces[-1]


def test_the_model_ends_its_answer():
    text, last = said(Words(b"I", b"'m", b" glad"))
    assert text == ["I", "'m", " glad"]
    assert (last["stop_type"], last["tokens_evaluated"], last["tokens_predicted"]) == ("eos", 2, 4)
    assert last["tokens"] == [72, 105, 0, 1, 2]


def test_a_limit_ends_it():
    text, last = said(Words(b"I", b"'m", b" glad"), n_predict=2)
    assert (text, last["stop_type"]) == (["I", "'m"], "limit")


def test_a_stop_word_ends_it_and_is_not_shown_even_in_parts():
    text, last = said(Words(b"yes <|im", b"_end|> no"), stop=["<|im_end|>"])
    assert (text, last["stop_type"]) == (["yes "], "word")


def test_what_only_began_like_a_stop_word_is_shown():
    assert said(Words(b"a <|", b"b"), stop=["<|im_end|>"])[0] == ["a ", "<|b"]


def test_a_letter_in_two_pieces_is_shown_whole():
    assert said(Words(b"\xc3", b"\xa9"))[0] == ["é"]


def test_a_prompt_that_does_not_fit_loses_its_beginning():
    words = Words(b"x")
    said(words, prompt="a" * 100 + "b" * 32)
    assert words.prompt == list(b"b" * 32)


def test_earlier_tokens_come_before_the_text():
    words = Words(b"x")
    said(words, prompt=[7, 8, "H"])
    assert words.prompt == [7, 8, 72]


def test_nothing_more_is_said_when_nobody_listens():
    with pytest.raises(CancelledError):
        list(answer(Words(b"x"), {"prompt": "Hi"}, lambda: True))


def test_held_text_is_not_lost():
    held = Held(["stop"])
    assert (held.add(b"st"), held.rest()) == ("", "st")
