"""A model in memory: tokens in, tokens out."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import llama

_BATCH = 512  # tokens read at a time
_SEQUENCE = 0
_RANDOM_SEED = 0xFFFFFFFF


class Weights:
    """One GGUF file, loaded, with one context of a fixed length in tokens."""

    def __init__(self, libraries: Path, model: Path, context: int) -> None:
        """Load the library and the model; EngineUnavailableError when either does not."""
        self._lib = llama.load(libraries)
        self._lib.llama_backend_init()
        self._model = self._lib.llama_model_load_from_file(os.fsencode(model), self._lib.llama_model_default_params())
        if not self._model:
            raise llama.EngineUnavailableError(f"unable to load model: {model}")
        self._vocab = self._lib.llama_model_get_vocab(self._model)
        asked = self._lib.llama_context_default_params()
        asked.n_ctx, asked.n_batch = context, min(_BATCH, context)
        asked.n_threads = asked.n_threads_batch = len(os.sched_getaffinity(0))
        self._context = self._lib.llama_init_from_model(self._model, asked)
        if not self._context:
            raise llama.EngineUnavailableError(f"no memory for a context of {context} tokens")
        self.context = int(self._lib.llama_n_ctx(self._context))
        self._held: list[int] = []  # tokens whose keys and values are in memory

    def prompt(self, messages: list[dict[str, str]], template: str) -> str:
        """Return the messages in the form of a template: the given one, the model's own, else chatml."""
        said = [llama.ChatMessage(each["role"].encode(), each["content"].encode()) for each in messages]
        array = (llama.ChatMessage * len(said))(*said)
        own = self._lib.llama_model_chat_template(self._model, None)
        room = 1024 + 4 * sum(len(message["content"].encode()) for message in messages)
        buffer = ctypes.create_string_buffer(room)
        for form in (template.encode(), own, b"chatml"):
            if form:
                length = self._lib.llama_chat_apply_template(form, array, len(messages), True, buffer, room)
                if length >= 0:
                    return buffer.raw[:length].decode(errors="replace")
        raise llama.EngineUnavailableError("no chat template fits this model")

    def tokens(self, text: str, *, first: bool) -> list[int]:
        """Return a text's tokens; `first` adds what begins every prompt of this model."""
        data = text.encode()
        room = len(data) + 16
        buffer = (ctypes.c_int32 * room)()
        count = self._lib.llama_tokenize(self._vocab, data, len(data), buffer, room, first, True)
        return list(buffer[: max(count, 0)])

    def piece(self, token: int) -> bytes:
        """Return a token's bytes, which need not be whole letters."""
        buffer = ctypes.create_string_buffer(512)
        count = self._lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[: max(count, 0)]

    def ends(self, token: int) -> bool:
        """Tell whether the model says with this token that it is done."""
        return bool(self._lib.llama_vocab_is_eog(self._vocab, token))

    def read(self, prompt: list[int]) -> Iterator[None]:
        """Read a prompt, stopping after each batch; what is in memory already is not read again."""
        same = 0
        while same < min(len(self._held), len(prompt) - 1) and self._held[same] == prompt[same]:
            same += 1
        memory = self._lib.llama_get_memory(self._context)
        if not self._lib.llama_memory_seq_rm(memory, _SEQUENCE, same, -1):
            self._lib.llama_memory_clear(memory, True)
            same = 0
        self._held = prompt[:same]
        for start in range(same, len(prompt), _BATCH):
            self._decode(prompt[start : start + _BATCH])
            yield

    def say(self, options: dict[str, Any]) -> Iterator[int]:
        """Yield the tokens that follow what was read, until the context is full."""
        chain = self._sampler(options)
        try:
            while True:
                token = int(self._lib.llama_sampler_sample(chain, self._context, -1))
                yield token
                if len(self._held) >= self.context:
                    return
                self._decode([token])
        finally:
            self._lib.llama_sampler_free(chain)

    def _decode(self, tokens: list[int]) -> None:
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        if self._lib.llama_decode(self._context, self._lib.llama_batch_get_one(array, len(tokens))):
            raise llama.EngineUnavailableError("the engine could not decode")
        self._held += tokens

    def _sampler(self, options: dict[str, Any]) -> int:
        lib = self._lib
        chain = int(lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params()))
        size = lib.llama_vocab_n_tokens(self._vocab)
        temperature = float(options.get("temperature", 0.8))
        if options.get("grammar"):
            parsed = lib.llama_sampler_init_grammar(self._vocab, str(options["grammar"]).encode(), b"root")
            if not parsed:
                raise llama.EngineUnavailableError("failed to parse grammar")
            lib.llama_sampler_chain_add(chain, parsed)
        penalties = [options.get(name, 0.0) for name in ("frequency_penalty", "presence_penalty")]
        repeat = float(options.get("repeat_penalty", 1.0))
        last = int(options.get("repeat_last_n", 64))
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_penalties(size, last, repeat, *map(float, penalties)))
        if temperature <= 0:
            lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
            return chain
        seed = int(options.get("seed", -1))
        for step in (
            lib.llama_sampler_init_top_k(int(options.get("top_k", 40))),
            lib.llama_sampler_init_top_p(float(options.get("top_p", 0.9)), 1),
            lib.llama_sampler_init_min_p(float(options.get("min_p", 0.0)), 1),
            lib.llama_sampler_init_temp(temperature),
            lib.llama_sampler_init_dist(_RANDOM_SEED if seed < 0 else seed & _RANDOM_SEED),
        ):
            lib.llama_sampler_chain_add(chain, step)
        return chain
