"""How each architecture keeps what it has read: every layer all of it, some a window, some a fixed state.

As the model loaders of llama.cpp b10488 have it, which Ollama 0.32 runs, and as Ollama renames its own older
files for them. An architecture that is not here is not guessed.
"""

from typing import Literal, NamedTuple


class Windows(NamedTuple):
    """Which layers keep no more than the last tokens."""

    period: int  # one of so many layers keeps the whole context; 0: only the header can say
    full_first: bool = False  # it is the first of them, else the last
    window: int = 0  # tokens, where the header has no number; 0: then there are no windows
    fixed: int = 0  # tokens, whatever number the header has
    listed: bool = False  # the header may list the layers one by one; elsewhere such a list is not looked at
    blocks: int = 0  # only in the model of so many layers


class Architecture(NamedTuple):
    """What is kept of a context."""

    windows: Windows | None = None
    attention: Literal["all", "with KV heads", "without feed-forward", "at intervals", "none"] = "all"
    state: Literal["", "other layers", "all"] = ""  # the layers with a fixed state beside or instead of a cache
    encoder: bool = False  # the whole input at once: nothing is kept
    trunk: bool = False  # layers that predict further tokens keep nothing
    first: int = 0  # only so many layers keep a cache, the others share it; 0: see `shared_kv_layers`
    mla: Literal["", "by its keys", "by its ranks"] = ""  # one compressed K for all heads, and no V


_FULL = (
    "apertus", "arcee", "arctic", "baichuan", "bailingmoe", "bailingmoe2", "bitnet", "bloom", "chameleon", "chatglm",
    "codeshell", "cogvlm", "command-r", "dbrx", "deci", "deepseek", "deepseek2-ocr", "deepseekocr", "dots1",
    "ernie4_5", "ernie4_5-moe", "exaone", "falcon", "gemma", "glm4", "glm4moe", "glmocr", "gpt2", "gptneox",
    "granite", "granitemoe", "grok", "grovemoe", "hunyuan-dense", "hunyuan-moe", "hunyuan_vl", "internlm2", "jais",
    "jais2", "llama", "maincoder", "minicpm", "minicpm3", "minimax-m2", "mistral3", "mpt", "nemotron", "olmo",
    "olmoe", "openelm", "orion", "paddleocr", "pangu-embedded", "phi2", "phi3", "phimoe", "plamo", "plm", "qwen",
    "qwen2", "qwen25vl", "qwen2moe", "qwen2vl", "qwen3", "qwen3moe", "qwen3vl", "qwen3vlmoe", "refact", "seed_oss",
    "smollm3", "stablelm", "starcoder", "starcoder2", "xverse",
)  # fmt: skip
_ENCODERS = (
    "bert", "eurobert", "gemma-embedding", "jina-bert-v2", "jina-bert-v3", "modern-bert", "neo-bert", "nomic-bert",
    "nomic-bert-moe",
)  # fmt: skip
_WINDOWED = {
    "afmoe": Windows(4),
    "cohere2": Windows(4),
    "cohere2moe": Windows(4, full_first=True, listed=True),
    "exaone-moe": Windows(4, window=128),
    "exaone4": Windows(4, window=4096, blocks=64),
    "gemma2": Windows(2, window=4096),
    "gemma3": Windows(6),
    "gpt-oss": Windows(2),
    "gptoss": Windows(2),  # as Ollama wrote it
    "laguna": Windows(4, full_first=True),
    "llama4": Windows(4, window=8192, fixed=8192),
    "mellum": Windows(4, listed=True),
    "muse-glimmer": Windows(4, listed=True),
    "olmo2": Windows(4),
    "olmo3": Windows(4),  # as Ollama wrote it
    "plamo3": Windows(8),
    "smallthinker": Windows(4, full_first=True, fixed=4096),
}
_BY_HEADS = ("granitehybrid", "jamba", "lfm2moe", "plamo2")

KNOWN: dict[str, Architecture] = {
    **{name: Architecture() for name in _FULL},
    **{name: Architecture(encoder=True) for name in _ENCODERS},
    **{name: Architecture(windows) for name, windows in _WINDOWED.items()},
    **{name: Architecture(attention="with KV heads", state="other layers") for name in _BY_HEADS},
    **{name: Architecture(attention="none", state="all") for name in ("mamba", "mamba2")},
    **{
        name: Architecture(attention="without feed-forward", state="other layers")
        for name in ("nemotron_h", "nemotron_h_moe", "nemotron_h_omni")
    },
    **{
        name: Architecture(attention="at intervals", state="other layers")
        for name in ("qwen35", "qwen35moe", "qwen3next")
    },
    **{name: Architecture(mla="by its keys") for name in ("deepseek2", "mistral4")},
    "glm4moelite": Architecture(mla="by its ranks"),  # as Ollama wrote it
    "falcon-h1": Architecture(state="all"),
    "lfm2": Architecture(Windows(0), attention="with KV heads", state="other layers"),
    "gemma3n": Architecture(Windows(5), first=20),
    "gemma4": Architecture(Windows(0, listed=True)),
    "mimo2": Architecture(Windows(0, listed=True), trunk=True),
    "step35": Architecture(Windows(0, listed=True), trunk=True),
}
