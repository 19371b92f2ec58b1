"""Names that a misspelt one may have meant; what a registry really has, only the registry knows."""

import difflib

from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import family

WELL_KNOWN = (
    "all-minilm", "aya-expanse", "bge-m3", "codegemma", "codellama", "codestral", "cogito", "command-r",
    "deepseek-coder", "deepseek-coder-v2", "deepseek-r1", "deepseek-v3", "devstral", "dolphin-mistral",
    "dolphin-mixtral", "dolphin3", "embeddinggemma", "exaone3.5", "falcon3", "gemma", "gemma2", "gemma3",
    "gemma3n", "glm4", "gpt-oss", "granite-code", "granite3.3", "granite4", "hermes3", "llama2",
    "llama2-uncensored", "llama3", "llama3.1", "llama3.2", "llama3.2-vision", "llama3.3", "llama4", "llava",
    "llava-llama3", "magistral", "meditron", "medllama2", "minicpm-v", "mistral", "mistral-nemo",
    "mistral-openorca", "mistral-small", "mistral-small3.2", "mixtral", "moondream", "mxbai-embed-large",
    "neural-chat", "nomic-embed-text", "olmo2", "openchat", "openhermes", "orca-mini", "phi", "phi3", "phi4",
    "phi4-mini", "phi4-reasoning", "qwen", "qwen2", "qwen2.5", "qwen2.5-coder", "qwen2.5vl", "qwen3",
    "qwen3-coder", "qwen3-embedding", "qwen3-vl", "qwq", "smollm", "smollm2", "snowflake-arctic-embed",
    "solar", "starcoder2", "starling-lm", "stable-code", "tinyllama", "vicuna", "wizardcoder", "yi", "zephyr",
)  # fmt: skip


def nearest(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return up to three names that the canonical `name` may have meant; `known` ones come first.

    >>> nearest("mistrall:7b", ("mistral:7b",))
    ('mistral:7b', 'mistral')
    """
    exact = difflib.get_close_matches(name, known, n=3, cutoff=0.7)
    families = difflib.get_close_matches(family(name), (*map(family, known), *WELL_KNOWN), n=3, cutoff=0.7)
    likely = [*exact, *(near for near in families if near != family(name))]
    return tuple(dict.fromkeys(likely))[:3]
