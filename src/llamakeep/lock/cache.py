"""What a model keeps of the tokens that it has read, from the header of its file."""

from typing import NamedTuple

from llamakeep.lock.architecture import Architecture, Windows
from llamakeep.lock.keys import Keys

_STATE = 4  # bytes: the state of recurrent layers is never quantised


class Cache(NamedTuple):
    """Elements of K and V per token, and bytes that no context makes grow."""

    whole: int = 0  # summed over the layers that keep the whole context
    windowed: int = 0  # summed over the layers that keep a window of it
    window: int = 0  # tokens
    recurrent: int = 0  # bytes per slot


def cache(architecture: Architecture, keys: Keys, blocks: int) -> Cache:
    """Return what is kept by a model of `blocks` layers."""
    if architecture.encoder:
        return Cache()
    attending = _attending(architecture, keys, blocks)
    window = _window(architecture.windows, keys, blocks)
    in_window = _in_window(architecture.windows, keys, blocks) if window else (False,) * blocks
    sizes = _sizes(architecture, keys, blocks, in_window)
    kept = [(size, short) for size, short, attends in zip(sizes, in_window, attending, strict=True) if attends]
    windowed = sum(size for size, short in kept if short)
    return Cache(
        whole=sum(size for size, short in kept if not short),
        windowed=windowed,
        window=window if windowed else 0,
        recurrent=_recurrent(architecture, keys, blocks, attending),
    )


def _attending(architecture: Architecture, keys: Keys, blocks: int) -> tuple[bool, ...]:
    """Tell for each layer whether it has a cache of K and V of its own."""
    if architecture.attention == "none":
        return (False,) * blocks
    if architecture.attention == "with KV heads":
        return tuple(heads > 0 for heads in _heads_kv(keys, blocks))
    if architecture.attention == "without feed-forward":
        widths = keys.layers("feed_forward_length", blocks, 0)
        return tuple(heads > 0 and not width for heads, width in zip(_heads_kv(keys, blocks), widths, strict=True))
    if architecture.attention == "at intervals":
        return tuple(layer < _trunk(keys, blocks) and not state for layer, state in enumerate(_spaced(keys, blocks)))
    kept = blocks - keys.number("attention.shared_kv_layers", 0)
    kept = min(kept, architecture.first or blocks, _trunk(keys, blocks) if architecture.trunk else blocks)
    return tuple(layer < kept for layer in range(blocks))


def _spaced(keys: Keys, blocks: int) -> tuple[bool, ...]:
    """Tell for each layer of a model that attends at intervals whether it is recurrent."""
    if keys.has("attention.recurrent_layers"):
        return tuple(map(bool, keys.layers("attention.recurrent_layers", blocks)))
    interval = max(keys.number("full_attention_interval", 4), 1)
    return tuple(layer < _trunk(keys, blocks) and (layer + 1) % interval != 0 for layer in range(blocks))


def _trunk(keys: Keys, blocks: int) -> int:
    """Return how many layers there are without those that predict further tokens."""
    return max(blocks - keys.number("nextn_predict_layers", 0), 0)


def _window(windows: Windows | None, keys: Keys, blocks: int) -> int:
    """Return the tokens of the window; 0: no layer has one."""
    if windows is None or (windows.blocks and _trunk(keys, blocks) != windows.blocks):
        return 0
    window = keys.number("attention.sliding_window", windows.window)
    return windows.fixed if window and windows.fixed else window


def _in_window(windows: Windows | None, keys: Keys, blocks: int) -> tuple[bool, ...]:
    """Tell for each layer whether it keeps a window only."""
    trunk = _trunk(keys, blocks)
    period = keys.scalar("attention.sliding_window_pattern")
    if windows is None:
        return (False,) * blocks
    if windows.listed and (period is None or not windows.period):
        listed = keys.layers("attention.sliding_window_pattern", trunk)
        return (*map(bool, listed), *(False,) * (blocks - trunk))
    period = windows.period if period is None else period
    if not period:  # every layer that attends
        return tuple(layer < trunk for layer in range(blocks))
    full = 0 if windows.full_first else period - 1
    return tuple(layer < trunk and layer % period != full for layer in range(blocks))


def _sizes(architecture: Architecture, keys: Keys, blocks: int, in_window: tuple[bool, ...]) -> list[int]:
    """Return the elements of K and V per token of each layer."""
    heads = _heads_kv(keys, blocks)
    if architecture.mla == "by its ranks":
        return [keys.number("attention.kv_lora_rank") + keys.number("rope.dimension_count")] * blocks
    full = _head_length(keys, "key"), _head_length(keys, "value")
    if architecture.mla and keys.number("attention.key_length_mla", 0):
        return [count * full[0] for count in heads]
    short = (
        keys.number("attention.key_length_swa", full[0]),
        keys.number("attention.value_length_swa", full[1]),
    )
    if architecture.attention == "at intervals":  # a list of heads has zeros where there is no attention
        heads = (max(heads),) * blocks
    return [count * sum(short if window else full) for count, window in zip(heads, in_window, strict=True)]


def _heads_kv(keys: Keys, blocks: int) -> tuple[int, ...]:
    """Return the KV heads of each layer; a header that names none means as many as there are heads."""
    key = "attention.head_count_kv" if keys.has("attention.head_count_kv") else "attention.head_count"
    return keys.layers(key, blocks, 0)


def _head_length(keys: Keys, what: str) -> int:
    """Return the length of one head's key or value; only a header that names none means an equal share."""
    first = keys.layers("attention.head_count", keys.number("block_count"), 0)[0]
    share = keys.number("embedding_length") // first if first else 0
    return keys.number(f"attention.{what}_length", share)


def _recurrent(architecture: Architecture, keys: Keys, blocks: int, attending: tuple[bool, ...]) -> int:
    """Return the bytes of the layers' fixed states, for one slot."""
    if not architecture.state:
        return 0
    if architecture.state == "all":
        layers = blocks
    elif architecture.attention == "without feed-forward":
        widths = keys.layers("feed_forward_length", blocks, 0)
        layers = sum(not width and not attends for width, attends in zip(widths, attending, strict=True))
    else:
        layers = (_trunk(keys, blocks) if architecture.attention == "at intervals" else blocks) - sum(attending)
    if keys.has("shortconv.l_cache"):
        return layers * _STATE * keys.number("embedding_length") * max(keys.number("shortconv.l_cache") - 1, 0)
    inner, state = keys.number("ssm.inner_size"), keys.number("ssm.state_size")
    groups = keys.number("ssm.group_count", 0)
    convolved = max(keys.number("ssm.conv_kernel") - 1, 0) * (inner + 2 * groups * state)
    return layers * _STATE * (convolved + state * inner)
