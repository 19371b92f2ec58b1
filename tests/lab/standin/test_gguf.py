import pytest

from llamakeep_lab.registry import tiny
from llamakeep_lab.standin.program import gguf


def test_a_header_is_read_without_the_weights(tmp_path):
    path = tmp_path / "tiny.gguf"
    path.write_bytes(tiny.gguf("mistral", "tiny"))
    header = gguf.read(path)
    assert (header.architecture, header.quantization, header.number("context_length")) == ("llama", "F32", 2048)
    assert header.parameters == 115392
    assert header.values["tokenizer.ggml.tokens"] is None
    assert header.tensors[0] == gguf.Tensor("token_embd.weight", "F32", (64, 259))


@pytest.mark.parametrize("data", [b"", b"GGUF", b"GGUF" + b"\xff" * 40, b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_gguf_is_told_as_the_server_tells_it(tmp_path, data):
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(gguf.NotGgufError, match="supplied file was not in GGUF format"):
        gguf.read(path)
