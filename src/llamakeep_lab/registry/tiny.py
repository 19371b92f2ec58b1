"""Tiny GGUF files of the llama architecture: valid, loadable, and full of nothing.

Every number comes from SHAKE-256 of the model's name, so that the same name is the same file on every
machine. Made with the `gguf` package, which writes the header.
"""

from __future__ import annotations

import hashlib
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy
from gguf import GGUFWriter

PARAMETERS = "115K"  # as Ollama counts and rounds them

_WIDTH, _INNER, _BLOCKS, _HEADS, _CONTEXT = 64, 128, 2, 4, 2048
_SPECIAL = ("<unk>", "<s>", "</s>")
_UNKNOWN, _CONTROL, _BYTE = 2, 3, 6


def gguf(name: str, description: str) -> bytes:
    """Return the bytes of a model's file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.gguf"
        writer = GGUFWriter(path, "llama")
        _describe(writer, name, description)
        _vocabulary(writer)
        for tensor, shape in _tensors():
            writer.add_tensor(tensor, _numbers(f"{name}/{tensor}", shape))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()


def _describe(writer: GGUFWriter, name: str, description: str) -> None:
    writer.add_name(f"{name} (tiny stand-in)")
    writer.add_description(description)
    writer.add_license("mit")
    writer.add_file_type(0)
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_BLOCKS)
    writer.add_feed_forward_length(_INNER)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_layer_norm_rms_eps(1e-5)


def _vocabulary(writer: GGUFWriter) -> None:
    """Every byte is a token, so that any text can be read and written."""
    tokens = [*_SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256))]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * 256])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_vocab_size(len(tokens))


def _tensors() -> list[tuple[str, tuple[int, ...]]]:
    """Return every tensor's name and shape, rows first."""
    vocabulary = len(_SPECIAL) + 256
    found: list[tuple[str, tuple[int, ...]]] = [
        ("token_embd.weight", (vocabulary, _WIDTH)),
        ("output_norm.weight", (_WIDTH,)),
        ("output.weight", (vocabulary, _WIDTH)),
    ]
    for block in range(_BLOCKS):
        square = ("attn_q", "attn_k", "attn_v", "attn_output")
        found += [(f"blk.{block}.{part}.weight", (_WIDTH, _WIDTH)) for part in square]
        found += [(f"blk.{block}.{part}.weight", (_WIDTH,)) for part in ("attn_norm", "ffn_norm")]
        found += [(f"blk.{block}.{part}.weight", (_INNER, _WIDTH)) for part in ("ffn_gate", "ffn_up")]
        found.append((f"blk.{block}.ffn_down.weight", (_WIDTH, _INNER)))
    return found


def _numbers(seed: str, shape: tuple[int, ...]) -> Any:
    """Return small numbers that depend on the seed alone: bytes, centred and scaled."""
    if len(shape) == 1:
        return numpy.ones(shape, dtype=numpy.float32)
    drawn = numpy.frombuffer(hashlib.shake_256(seed.encode()).digest(math.prod(shape)), dtype=numpy.uint8)
    return ((drawn.astype(numpy.float32) - 127.5) / 512).reshape(shape)
