"""From headers to the numbers of an estimate, held against published models and measured loads."""

from typing import Any

import pytest
from gguf_files import File, Shapes, layers, made

from llamakeep.errors import Refusal

MIB = 1 << 20
U = 512  # micro-batch that the fixed part of a window's cache is counted with


def model(
    architecture: str,
    layer_count: int,
    heads: int,
    heads_kv: int,
    head: int,
    embedding: int,
    width: int,
    vocabulary: int,
    context: int,
    *,
    window: int = 0,
    experts: int = 0,
    tied: bool = False,
    **more: Any,
) -> File:
    """Return a header with the dimensions of a real model; of a mixture, `width` is that of one expert."""
    keys = {
        "block_count": layer_count,
        "context_length": context,
        "embedding_length": embedding,
        "feed_forward_length": width,
        "attention.head_count": heads,
        "attention.head_count_kv": heads_kv,
        **({"attention.key_length": head, "attention.value_length": head} if head * heads != embedding else {}),
        **({"attention.sliding_window": window} if window else {}),
        **({"expert_count": 8 * experts, "expert_used_count": experts} if experts else {}),
        **more,
    }
    if experts:
        shapes: Shapes = {f"ffn_{part}_exps.weight": (8 * experts, width, embedding) for part in ("gate", "up")}
        shapes["ffn_down_exps.weight"] = (8 * experts, embedding, width)
    else:
        shapes = {"ffn_up.weight": (width, embedding), "ffn_down.weight": (embedding, width)}
    tensors = {"token_embd.weight": (vocabulary, embedding), **layers(layer_count, shapes)}
    if not tied:
        tensors["output.weight"] = (vocabulary, embedding)
    keys = {name: value for name, value in keys.items() if value is not None}
    return made(architecture, keys, tensors)


# name, header, bytes per token that grow with the context (f16), MiB of the window's cache, feed-forward width in use
LONG = 131072  # tokens
PUBLISHED = [
    ("llama2:7b", model("llama", 32, 32, 32, 128, 4096, 11008, 32000, 4096), 524_288, 0, 11008),
    ("llama2:13b", model("llama", 40, 40, 40, 128, 5120, 13824, 32000, 4096), 819_200, 0, 13824),
    ("llama2:70b", model("llama", 80, 64, 8, 128, 8192, 28672, 32000, 4096), 327_680, 0, 28672),
    ("mistral:7b", model("llama", 32, 32, 8, 128, 4096, 14336, 32768, 32768), 131_072, 0, 14336),
    ("codellama:34b", model("llama", 48, 64, 8, 128, 8192, 22016, 32000, 16384), 196_608, 0, 22016),
    ("mixtral:8x7b", model("llama", 32, 32, 8, 128, 4096, 14336, 32000, 32768, experts=2), 131_072, 0, 28672),
    ("llava:34b", model("llama", 60, 56, 8, 128, 7168, 20480, 64000, 4096), 245_760, 0, 20480),
    ("deepseek-coder:1.3b", model("llama", 24, 16, 16, 128, 2048, 5504, 32256, 16384), 196_608, 0, 5504),
    ("deepseek-coder:33b", model("llama", 62, 56, 8, 128, 7168, 19200, 32256, 16384), 253_952, 0, 19200),
    ("llama3.1:8b", model("llama", 32, 32, 8, 128, 4096, 14336, 128256, 131072), 131_072, 0, 14336),
    ("llama3.1:70b", model("llama", 80, 64, 8, 128, 8192, 28672, 128256, 131072), 327_680, 0, 28672),
    ("llama3.2:1b", model("llama", 16, 32, 8, 64, 2048, 8192, 128256, 131072, tied=True), 32_768, 0, 8192),
    ("llama3.2:3b", model("llama", 28, 24, 8, 128, 3072, 8192, 128256, 131072, tied=True), 114_688, 0, 8192),
    ("qwen2.5:7b", model("qwen2", 28, 28, 4, 128, 3584, 18944, 152064, 32768), 57_344, 0, 18944),
    ("qwen2.5:32b", model("qwen2", 64, 40, 8, 128, 5120, 27648, 152064, 32768), 262_144, 0, 27648),
    ("qwen3:8b", model("qwen3", 36, 32, 8, 128, 4096, 12288, 151936, 40960), 147_456, 0, 12288),
    ("qwen3:30b-a3b", model("qwen3moe", 48, 32, 4, 128, 2048, 768, 151936, 262144, experts=8), 98_304, 0, 6144),
    ("gemma2:9b", model("gemma2", 42, 16, 8, 256, 3584, 14336, 256000, 8192, window=4096), 172_032, 756, 14336),
    ("gemma3:4b", model("gemma3", 34, 8, 4, 256, 2560, 10240, 262144, LONG, window=1024), 20_480, 174, 10240),
    ("gemma3:12b", model("gemma3", 48, 16, 8, 256, 3840, 15360, 262144, LONG, window=1024), 65_536, 480, 15360),
    ("gemma3:27b", model("gemma3", 62, 32, 16, 128, 5376, 21504, 262144, LONG, window=1024), 81_920, 624, 21504),
    ("phi4:14b", model("phi3", 40, 40, 10, 128, 5120, 17920, 100352, 16384, window=4096), 204_800, 0, 17920),
    ("gpt-oss:20b", model("gptoss", 24, 64, 8, 64, 2880, 2880, 201088, LONG, window=128, experts=4), 24_576, 18, 11520),
    ("the other", model("gpt-oss", 24, 64, 8, 64, 2880, 2880, 201088, LONG, window=128, experts=4), 24_576, 18, 11520),
    ("deepseek-r1:32b", model("qwen2", 64, 40, 8, 128, 5120, 27648, 152064, 131072), 262_144, 0, 27648),
    ("nomic-embed-text", model("nomic-bert", 12, 12, 12, 64, 768, 3072, 30522, 2048, tied=True), 0, 0, 3072),
]  # fmt: skip


@pytest.mark.parametrize(("name", "file", "per_token", "window", "width"), PUBLISHED, ids=[row[0] for row in PUBLISHED])
def test_published_models_keep_what_is_published(
    name: str, file: File, per_token: int, window: int, width: int
) -> None:
    found = file.dimensions()
    assert found.known
    assert found.kv * 2 == per_token
    cells = -(-(found.window + U) // 256) * 256
    assert found.kv_window * 2 * cells / MIB == window
    assert found.feed_forward == width
    assert found.file == file.size


def test_a_window_key_means_nothing_to_a_loader_that_does_not_read_it() -> None:
    file = model("llama", 32, 32, 8, 128, 4096, 14336, 32000, 32768, window=4096)
    assert (file.dimensions().kv, file.dimensions().kv_window, file.dimensions().window) == (65536, 0, 0)


def test_the_period_of_the_header_is_taken_and_its_list_only_where_the_loader_takes_it() -> None:
    def windowed(architecture: str, pattern: object) -> int:
        file = model(
            architecture, 6, 4, 4, 16, 64, 128, 100, 4096, window=32, **{"attention.sliding_window_pattern": pattern}
        )
        return file.dimensions().kv_window // (4 * 32)

    assert windowed("gemma3", 3) == 4
    assert windowed("gemma3", [True, False, True, False, True, False]) == 5  # not looked at: five of six
    assert windowed("gemma4", [True, False, True, False, True, False]) == 3
    assert windowed("cohere2moe", [True, True, False, False, False, False]) == 2
    assert windowed("cohere2moe", 3) == 4
    with pytest.raises(Refusal, match="sliding_window_pattern has 2 entries\n  expected: one for each of 6 layers"):
        windowed("gemma4", [True, False])
    with pytest.raises(Refusal, match=r"the header has no gemma4\.attention\.sliding_window_pattern"):
        windowed("gemma4", None)


@pytest.mark.parametrize(
    ("architecture", "count", "window", "whole", "windowed", "tokens"),
    [
        ("gemma2", 42, None, 21, 21, 4096),
        ("gemma3", 62, None, 62, 0, 0),
        ("llama4", 48, None, 12, 36, 8192),
        ("llama4", 48, 0, 48, 0, 0),
        ("gemma3n", 35, 512, 4, 16, 512),
        ("cohere2", 32, 4096, 8, 24, 4096),
        ("exaone4", 64, 4096, 16, 48, 4096),
        ("exaone4", 30, 4096, 30, 0, 0),
        ("olmo3", 32, 4096, 8, 24, 4096),
        ("olmo2", 32, None, 32, 0, 0),
        ("smallthinker", 32, 512, 8, 24, 4096),
        ("phimoe", 32, 2047, 32, 0, 0),
    ],
)
def test_layers_with_a_window(
    architecture: str, count: int, window: int | None, whole: int, windowed: int, tokens: int
) -> None:
    more = {} if window is None else {"attention.sliding_window": window}
    found = model(architecture, count, 4, 2, 16, 64, 128, 100, 4096, **more).dimensions()
    assert (found.kv, found.kv_window, found.window) == (whole * 64, windowed * 64, tokens)


def test_gemma4_has_heads_of_two_lengths_and_layers_that_share() -> None:
    pattern = [True] * 5 + [False]
    found = model(
        "gemma4", 12, 16, 0, 512, 2816, 2112, 1000, 262144, window=1024,
        **{
            "attention.head_count_kv": [8, 8, 8, 8, 8, 2] * 2,
            "attention.sliding_window_pattern": pattern * 2,
            "attention.key_length_swa": 256,
            "attention.value_length_swa": 256,
            "attention.shared_kv_layers": 6,
        },
    ).dimensions()  # fmt: skip
    assert (found.kv, found.kv_window, found.window) == (2 * 1024, 5 * 8 * 512, 1024)
    assert found.heads_kv == 2


def test_deepseek_keeps_full_keys_and_values_unless_it_is_told_to_compress() -> None:
    lite = model(
        "deepseek2", 27, 16, 16, 192, 2048, 10944, 102400, 163840,
        **{"attention.key_length": 192, "attention.value_length": 128, "attention.kv_lora_rank": 512},
    ).dimensions()  # fmt: skip
    assert lite.kv * 2 * 2048 == 540 * MIB  # a measured load
    absorbed = model(
        "deepseek2", 61, 128, 1, 576, 7168, 18432, 129280, 163840,
        **{
            "attention.key_length": 576, "attention.value_length": 512,
            "attention.key_length_mla": 192, "attention.value_length_mla": 128,
        },
    ).dimensions()  # fmt: skip
    assert absorbed.kv == 61 * 576  # one compressed K for all heads, and no V
    glm = model(
        "glm4moelite", 47, 20, 20, 256, 2048, 10240, 154880, 202752,
        **{"attention.kv_lora_rank": 512, "rope.dimension_count": 64},
    ).dimensions()  # fmt: skip
    assert glm.kv == 47 * 576


STATE = {"ssm.conv_kernel": 4, "ssm.inner_size": 4096, "ssm.state_size": 128, "ssm.group_count": 16}
ROW = 4 * (3 * (4096 + 2 * 16 * 128) + 128 * 4096)  # bytes of one layer's state


def test_of_a_hybrid_only_the_attention_layers_grow() -> None:
    def hybrid(architecture: str, count: int, **more: object) -> tuple[int, int]:
        found = model(architecture, count, 8, 2, 64, 512, 0, 100, 4096, **{**STATE, **more}).dimensions()
        assert found.known
        assert found.kv % 256 == 0
        return found.kv // 256, found.recurrent // ROW

    assert hybrid("qwen35", 32) == (8, 24)
    assert hybrid("qwen3next", 48, **{"attention.head_count_kv": [0, 0, 0, 2] * 12}) == (12, 36)
    assert hybrid("qwen35moe", 41, nextn_predict_layers=1) == (10, 30)
    assert hybrid("qwen35", 4, **{"attention.recurrent_layers": [True, False, True, True]}) == (1, 3)
    assert hybrid("granitehybrid", 4, **{"attention.head_count_kv": [0, 0, 2, 0]}) == (1, 3)
    assert hybrid("jamba", 4, **{"attention.head_count_kv": [0, 0, 2, 0]}) == (1, 3)
    assert hybrid("falcon-h1", 4) == (4, 4)
    assert hybrid(
        "nemotron_h", 5, **{"attention.head_count_kv": [0, 0, 2, 0, 0], "feed_forward_length": [0, 9, 0, 9, 0]}
    ) == (1, 2)


def test_short_convolutions_keep_a_few_rows() -> None:
    heads = {"attention.head_count_kv": [0, 0, 8, 0], "shortconv.l_cache": 3}
    found = model("lfm2", 4, 16, 8, 64, 1024, 2560, 100, 128000, **heads).dimensions()
    assert (found.kv, found.kv_window, found.recurrent) == (1024, 0, 3 * 4 * 1024 * 2)
    found = model("lfm2", 4, 16, 8, 64, 1024, 2560, 100, 128000, window=64, **heads).dimensions()
    assert (found.kv, found.kv_window, found.window) == (0, 1024, 64)


def test_mamba_has_a_state_and_no_cache() -> None:
    keys = {"block_count": 64, "context_length": 1048576, "embedding_length": 2560, "attention.head_count": 0}
    file = made("mamba", keys | STATE | {"ssm.group_count": 0}, {"token_embd.weight": (50280, 2560)})
    found = file.dimensions()
    assert (found.kv, found.heads, found.heads_kv, found.feed_forward) == (0, 0, 1, 0)
    assert found.recurrent == 64 * 4 * (3 * 4096 + 128 * 4096)


def test_embedding_models() -> None:
    nomic = {row[0]: row[1] for row in PUBLISHED}["nomic-embed-text"].dimensions()
    assert (nomic.encoder, nomic.tied, nomic.output_bytes) == (True, False, 0)
    decoder = model("qwen3", 28, 16, 8, 128, 1024, 3072, 151669, 32768, tied=True, pooling_type=3).dimensions()
    assert decoder.encoder
    assert decoder.kv == 28 * 8 * 256  # it reads its input through a cache, as the chat model does
    shapes = {"token_embd.weight": (100, 64), "dense.0.weight": (3072, 768)}
    keys = {"block_count": 24, "context_length": 2048, "embedding_length": 768, "attention.sliding_window": 512}
    embeddinggemma = made("gemma3", keys, shapes).dimensions()
    assert (embeddinggemma.encoder, embeddinggemma.kv, embeddinggemma.kv_window) == (True, 0, 0)


def test_an_architecture_that_nobody_here_knows_is_not_guessed() -> None:
    found = model("perceiver9", 32, 32, 8, 128, 4096, 14336, 32000, 4096).dimensions()
    assert (found.known, found.kv, found.kv_window, found.architecture) == (False, 0, 0, "perceiver9")
    assert made("perceiver9", {}, {"x": (1, 2)}).dimensions().known is False


def test_the_weights_of_tied_and_untied_models() -> None:
    tied = model("llama", 16, 32, 8, 64, 2048, 8192, 128256, 131072, tied=True).dimensions()
    assert tied.tied
    assert tied.output_bytes == tied.embedding_bytes == 128256 * 2048 * 2
    untied = model("llama", 4, 32, 8, 64, 2048, 8192, 1000, 131072).dimensions()
    assert not untied.tied
    assert untied.output_bytes == untied.embedding_bytes == 1000 * 2048 * 2
    assert untied.block_bytes == 2 * 8192 * 2048 * 2
    assert untied.vocabulary == 1000


def test_experts_shared_experts_and_pictures_are_counted() -> None:
    shapes: Shapes = {
        "token_embd.weight": (100, 64),
        "blk.0.ffn_down.weight": (64, 512),
        "blk.1.ffn_down_exps.weight": (16, 64, 32),
        "blk.1.ffn_down_shexp.weight": (64, 96),
        "v.blk.0.attn_q.weight": (64, 64),
        "mm.0.weight": (64, 64),
        "a.conv.weight": (64, 64),
    }
    keys = {"block_count": 2, "context_length": 512, "embedding_length": 64, "expert_used_count": 6}
    found = made("deepseek", keys, shapes).dimensions()
    assert found.feed_forward == 512
    assert found.expert_bytes == 16 * 64 * 32 * 2
    assert found.vision_bytes == 3 * 64 * 64 * 2
    assert found.block_bytes == (16 * 64 * 32 + 64 * 96) * 2
    more = made("deepseek", keys | {"expert_used_count": 16}, shapes).dimensions()
    assert more.feed_forward == 16 * 32 + 96
    older = {f"blk.0.ffn_{part}.{expert}.weight": (64, 64) for part in ("gate", "up", "down") for expert in range(8)}
    found = made("llama", keys | {"expert_used_count": 2}, older).dimensions()
    assert (found.feed_forward, found.expert_bytes) == (128, 3 * 8 * 64 * 64 * 2)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"block_count": None}, r"the header has no llama\.block_count"),
        ({"block_count": 100_000}, "the model has 100000 layers"),
        ({"block_count": 2.5}, r"llama\.block_count is 2\.5"),
        ({"attention.head_count_kv": [1, 2, 3]}, r"head_count_kv has 3 entries"),
        ({"block_count": 0}, "the model has no layer"),
        ({"attention.head_count_kv": [-1, 2]}, r"head_count_kv is \(-1, 2\)"),
        ({"embedding_length": 4_000_000_000, "attention.head_count_kv": 4_000_000_000}, "the model's kv would be"),
    ],
)
def test_numbers_that_make_no_sense_are_named(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=said) as refused:
        model("llama", 2, 4, 2, 16, 64, 128, 100, 4096, **keys).dimensions()
    assert refused.value.place == "the file"
