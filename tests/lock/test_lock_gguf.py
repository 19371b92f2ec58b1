"""The header of a GGUF file: good ones, damaged ones, and ones made to hurt."""

import struct
import time
import tracemalloc
from pathlib import Path

import gguf as writers
import pytest
from gguf_files import File, layers, made

from llamakeep.errors import Refusal
from llamakeep.lock import gguf
from llamakeep_lab.registry import tiny

KEYS = {"block_count": 2, "context_length": 4096, "embedding_length": 64, "attention.head_count_kv": [0, 2]}
SHAPES = {"token_embd.weight": (300, 64), **layers(2, {"attn_q.weight": (64, 64), "ffn_down.weight": (64, 128)})}


def small() -> File:
    return made("llama", KEYS, SHAPES, kind=writers.GGMLQuantizationType.Q8_0)


def test_keys_and_tensors_are_those_of_the_file() -> None:
    header = small().header()
    assert header.architecture == "llama"
    assert header.values["llama.attention.head_count_kv"] == (0, 2)
    assert "tokenizer.chat_template" not in header.values  # long, and nobody asks for it
    assert [tensor.name for tensor in header.tensors] == list(SHAPES)
    assert header.tensors[0].shape == (64, 300)
    assert header.tensors[0].size == 300 * 64 // 32 * 34


def test_a_whole_file_of_another_writer_agrees_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(data := tiny.gguf("mistral", "tiny"))
    header = gguf.read(lambda offset, count: data[offset : offset + count], len(data), str(path))
    theirs = {tensor.name: tensor for tensor in writers.GGUFReader(path).tensors}
    assert {tensor.name: tensor.size for tensor in header.tensors} == {
        name: tensor.n_bytes for name, tensor in theirs.items()
    }
    assert header.lengths["tokenizer.ggml.tokens"] == 259


def test_version_two_reads_as_three() -> None:
    file = small()
    second = File(file.data[:4] + struct.pack("<I", 2) + file.data[8:], file.size)
    assert second.header().tensors == file.header().tensors


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"GGUF\x01\0\0\0", "of version 1"),
        (b"GGUF\x09\0\0\0", "of version 9"),
        (b"GGUF\0\0\0\x03", "big-endian"),
        (b"PK\x03\x04\0\0\0\0", "no GGUF file: it begins with b'PK"),
        (b"<html>\r\n", "no GGUF file"),
    ],
)
def test_what_is_no_file_of_ours_is_said(start: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said) as refused:
        File(start + b"\0" * 100, 108).header()
    assert refused.value.place == "the file"


def test_a_type_that_is_not_known_gets_the_room_that_it_has() -> None:
    one = struct.pack("<Q1sIQIQ", 1, b"a", 1, 640, 250, 0)
    two = struct.pack("<Q1sIQIQ", 1, b"b", 1, 640, 251, 1000)
    data = b"GGUF" + struct.pack("<IQQ", 3, 2, 0) + one + two
    data = data.ljust(-(-len(data) // 32) * 32, b"\0")
    assert [tensor.size for tensor in File(data, len(data) + 1500).header().tensors] == [1000, 500]


def test_a_large_tokenizer_is_passed_through_and_not_kept() -> None:
    vocabulary = [f"token{number:06}" for number in range(120_000)]
    file = made("llama", KEYS, SHAPES, vocabulary=vocabulary)
    tracemalloc.start()
    header = file.header()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert header.lengths["tokenizer.ggml.tokens"] == 120_000
    assert header.lengths["tokenizer.ggml.merges"] == 120_000
    assert len(header.tensors) == len(SHAPES)
    assert len(file.data) < header.received < 2 * len(file.data) + (1 << 20)
    assert peak < 3 * len(file.data)


def test_pieces_grow_and_nothing_is_asked_for_twice() -> None:
    file = made("llama", KEYS, SHAPES, vocabulary=[f"token{number:06}" for number in range(60_000)])
    file.header()
    assert file.asked[0] == (0, 1 << 20)
    ends = [offset + count for offset, count in file.asked]
    assert all(offset >= end for (offset, _), end in zip(file.asked[1:], ends, strict=False))
    assert len(file.asked) <= 3


def test_a_file_that_was_cut_off_is_said_wherever_it_ends() -> None:
    file = made("llama", KEYS, SHAPES, vocabulary=[f"token{number}" for number in range(2000)])
    for end in range(0, len(file.data) - 64, 1024):
        with pytest.raises(Refusal, match=r"entries at byte \d+, and the file has"):
            File(file.data[:end], end).header()
        with pytest.raises(Refusal, match=r"the file ends at byte \d+, within its header"):
            gguf.read(lambda offset, count, end=end: file.data[:end][offset : offset + count], file.size, "the file")


def test_weights_that_are_missing_are_said() -> None:
    file = small()
    with pytest.raises(Refusal, match=r"the tensor 'blk.1.ffn_down.weight' ends 1 bytes after the file"):
        File(file.data, file.size - 1).header()


HUGE = 1 << 60
KEY = struct.pack("<Q", 5) + b"a.key"


def begun(*, tensors: int = 0, keys: int = 0) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, keys)


@pytest.mark.parametrize(
    "data",
    [
        begun(keys=HUGE),
        begun(tensors=HUGE),
        begun(keys=1) + struct.pack("<Q", HUGE),
        begun(keys=1) + KEY + struct.pack("<IQ", 8, HUGE),
        begun(keys=1) + KEY + struct.pack("<IIQ", 9, 8, HUGE),
        begun(keys=1) + KEY + struct.pack("<IIQ", 9, 8, 8_000_000),
        begun(keys=1) + KEY + struct.pack("<IIQ", 9, 12, HUGE),
        begun(keys=1) + KEY + struct.pack("<IIQIQ", 9, 9, 1, 9, 1),
        begun(keys=1) + KEY + struct.pack("<IIQQ", 9, 8, 3, HUGE),
        begun(keys=1) + KEY + struct.pack("<I", 77),
        begun(tensors=1) + struct.pack("<Q1sI", 1, b"a", 1 << 31),
        begun(tensors=1) + struct.pack("<Q1sIQQIQ", 1, b"a", 2, HUGE, HUGE, 0, 0),
        begun(tensors=1) + struct.pack("<Q1sIQIQ", 1, b"a", 1, 64, 0, HUGE),
        begun(tensors=65_536),
        begun(keys=65_536),
        begun(keys=60_001) + (KEY + struct.pack("<IIQ", 9, 8, 0)) * 60_000,
    ],
)
def test_lengths_that_lie_end_in_words_at_once(data: bytes) -> None:
    tracemalloc.start()
    begin = time.process_time()
    with pytest.raises(Refusal) as refused:
        _both(data)
    took, peak = time.process_time() - begin, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.place == "the file"
    assert took < 10
    assert peak < 130 << 20


def _both(data: bytes) -> None:
    """Read it as the beginning of a file without end, and as all there is."""
    File(data, 1 << 62).header()
    File(data, len(data)).header()


def test_a_header_without_end_is_given_up() -> None:
    start = begun(keys=65_536)
    string = KEY + struct.pack("<IQ", 8, 4000) + b"\0" * 4000
    asked: list[int] = []

    def fetch(offset: int, count: int) -> bytes:
        asked.append(count)
        first = max(offset - len(start), 0) % len(string)
        body = (string * (count // len(string) + 2))[first : first + count]
        return (start + body)[:count] if offset == 0 else body

    with pytest.raises(Refusal, match="larger than 64 MiB"):
        gguf.read(fetch, 1 << 40, "the file")
    assert sum(asked) < 128 << 20
