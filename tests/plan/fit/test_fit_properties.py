"""What must hold for every model and every host."""

from typing import Any

from fit_fleet import GIB, gpu, host, locked, wanted
from fit_rows import model
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llamakeep.lock.lock import Dimensions
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.fit import fit
from llamakeep.plan.fit.result import Estimate, ModelFit

ORDER = ("does not fit", "cpu", "spills", "spreads", "fits")
CARDS = st.sampled_from([4, 6, 8, 10, 12, 16, 24, 32, 48, 80, 141])
CONTEXTS = st.integers(min_value=256, max_value=131072)
settings.register_profile("fit", max_examples=150, deadline=None, derandomize=True, database=None)
settings.load_profile("fit")


@st.composite
def models(draw: Any) -> Dimensions:
    """Models such as there are: a published one, or one of like proportions, dense, with a window or of experts."""
    if draw(st.booleans()):
        names = ("llama3.1:8b", "llama3.1:70b", "llama3.2:1b", "qwen3:8b", "qwen3:30b-a3b", "gemma3:12b", "gpt-oss:20b")
        return model(draw(st.sampled_from(names)))
    blocks = draw(st.integers(16, 96))
    heads_kv = draw(st.sampled_from([2, 4, 8, 16]))
    heads = heads_kv * draw(st.sampled_from([1, 2, 4, 8]))
    size = draw(st.sampled_from([64, 128]))
    width = heads * size
    feed_forward = draw(st.sampled_from([2, 3, 4])) * width
    layer = width * width * 2 + 2 * width * heads_kv * size + 3 * width * feed_forward
    vocabulary = draw(st.sampled_from([32000, 128256]))
    matrix = vocabulary * width * 9 // 16
    windowed = draw(st.integers(0, blocks * 5 // 6)) if draw(st.booleans()) else 0  # five of six, as gemma3 has it
    tied = draw(st.booleans())
    return Dimensions(
        architecture="llama",
        context=131072,
        blocks=blocks,
        embedding=width,
        feed_forward=feed_forward,
        heads=heads,
        heads_kv=heads_kv,
        vocabulary=vocabulary,
        kv=(blocks - windowed) * 2 * heads_kv * size,
        kv_window=windowed * 2 * heads_kv * size,
        window=draw(st.sampled_from([128, 1024, 4096])),
        file=blocks * layer * 9 // 16 + matrix * (1 if tied else 2),
        embedding_bytes=matrix,
        tied=tied,
        output_bytes=matrix,
        block_bytes=layer * 10 // 16,
        vision_bytes=0,
        projector=draw(st.sampled_from([0, 0, 624434368])),
    )


def verdicts(what: Dimensions, seen: HostFacts, **more: Any) -> ModelFit:
    return fit(wanted(what, **more), seen).models[0]


def needed(what: Dimensions, seen: HostFacts, **more: Any) -> Estimate:
    estimate = verdicts(what, seen, **more).estimate
    assume(estimate is not None)
    assert estimate is not None
    return estimate


@given(models(), CONTEXTS, CONTEXTS, CARDS, st.integers(1, 4), st.sampled_from([None, False]))
def test_more_context_never_needs_less(
    what: Dimensions, one: int, other: int, card: int, parallel: int, flash: bool | None
) -> None:
    short, long = sorted((one, other))
    seen = host(gpu(card), memory=4096)
    less, more = (
        needed(what, seen, context_length=tokens, parallel=parallel, flash_attention=flash) for tokens in (short, long)
    )
    assume(less.gpus == more.gpus)
    assert less.needed <= more.needed


@given(models(), CONTEXTS, CARDS, st.integers(1, 8), st.integers(1, 8))
def test_more_slots_never_need_less(what: Dimensions, context: int, card: int, one: int, other: int) -> None:
    few, many = sorted((one, other))
    seen = host(gpu(card), memory=4096)
    less, more = (needed(what, seen, context_length=context, parallel=slots) for slots in (few, many))
    assume(less.gpus == more.gpus)
    assert less.needed <= more.needed


@given(models(), CONTEXTS, CARDS, st.booleans())
def test_a_smaller_type_of_cache_never_needs_more(what: Dimensions, context: int, card: int, on_gpu: bool) -> None:
    seen = host(*([gpu(card)] if on_gpu else []), memory=4096)
    sizes = [needed(what, seen, context_length=context, cache_type=kind) for kind in ("q4_0", "q8_0", "f16")]
    assume(len({one.gpus for one in sizes}) == 1)
    assert [one.needed for one in sizes] == sorted(one.needed for one in sizes)


@given(models(), CONTEXTS, CARDS, st.integers(1, 4), st.booleans())
def test_what_fits_on_one_fits_on_two_of_the_same(
    what: Dimensions, context: int, card: int, parallel: int, spread: bool
) -> None:
    more = {"context_length": context, "parallel": parallel}
    assume(verdicts(what, host(gpu(card)), **more).verdict == "fits")
    assert verdicts(what, host(gpu(card), gpu(card)), **more).verdict in ("fits", "spreads")


@given(models(), CONTEXTS, CARDS, st.integers(1, 3))
def test_one_more_of_the_same_never_makes_it_worse(what: Dimensions, context: int, card: int, count: int) -> None:
    before = verdicts(what, host(*[gpu(card)] * count, memory=4096), context_length=context)
    after = verdicts(what, host(*[gpu(card)] * (count + 1), memory=4096), context_length=context)
    good = ("fits", "spreads")
    assert after.verdict in good or ORDER.index(after.verdict) >= ORDER.index(before.verdict)


@given(models(), CONTEXTS, CARDS, st.integers(0, 4), st.integers(1, 4), st.integers(2, 256))
def test_the_sums_agree(what: Dimensions, context: int, card: int, count: int, parallel: int, memory: int) -> None:
    found = verdicts(what, host(*[gpu(card)] * count, memory=memory), context_length=context, parallel=parallel)
    sums = found.estimate
    assert sums is not None
    parts = (sums.weights, sums.cache, sums.compute, sums.projector, sums.overhead, sums.reserve)
    assert all(part >= 0 for part in parts)
    assert sums.taken == sum(parts)
    assert sums.needed == sums.taken + sums.margin
    assert sums.cache_shown <= sums.cache
    assert sums.vision <= sums.compute
    assert sums.size <= sums.taken
    assert 0 <= found.on_cpu <= 1
    assert (found.on_cpu > 0) == (found.verdict in ("spills", "cpu") or (found.verdict == "does not fit"))
    if found.verdict == "fits":
        assert sums.needed <= found.room
    assert sums.context == min(context, what.context)


@given(st.lists(models(), max_size=4), CONTEXTS, CARDS, st.integers(0, 3), st.integers(0, 4))
def test_together_is_closed_and_has_room(
    whats: list[Dimensions], context: int, card: int, count: int, most: int
) -> None:
    wish = wanted(*whats, context_length=context, max_loaded=most)
    seen = host(*[gpu(card)] * count, memory=256)
    found = fit(wish, seen)
    verdicts = {one.model: one for one in found.models}
    assert len(found.together) <= (most or 3 * max(count, 1))
    assert all(verdicts[name].verdict in ("fits", "spreads", "cpu") for name in found.together)
    for length in range(len(found.together)):
        names = found.together[:length]
        chosen = tuple(one for one in wish.models if one.name in names)
        assert fit(wish.model_copy(update={"models": chosen}), seen).together == names
    weights = sum(verdicts[name].estimate.weights for name in found.together)  # type: ignore[union-attr]
    assert weights <= count * card * GIB + 256 * GIB


@given(models(), CONTEXTS, CARDS)
def test_the_name_plays_no_part(what: Dimensions, context: int, card: int) -> None:
    seen = host(gpu(card))
    one, other = (fit(wanted(locked(what, name), context_length=context), seen).models[0] for name in ("a:b", "c:d"))
    assert one.estimate == other.estimate
    assert one.verdict == other.verdict


COUNT = st.integers(0, 1 << 40)
SMALL = st.integers(0, 600)


@given(
    st.builds(
        Dimensions,
        architecture=st.sampled_from(["llama", "bert", "deepseek2", "qwen35"]),
        context=COUNT,
        blocks=SMALL,
        embedding=SMALL,
        feed_forward=SMALL,
        heads=SMALL,
        heads_kv=SMALL,
        vocabulary=COUNT,
        kv=SMALL,
        kv_window=SMALL,
        window=SMALL,
        recurrent=COUNT,
        encoder=st.booleans(),
        file=COUNT,
        embedding_bytes=COUNT,
        tied=st.booleans(),
        output_bytes=COUNT,
        block_bytes=COUNT,
        projector=COUNT,
    ),
    st.integers(0, 4),
    st.integers(1, 1 << 20),
    st.sampled_from(["f16", "q8_0"]),
)
def test_no_numbers_make_it_stumble(what: Dimensions, count: int, context: int, kind: str) -> None:
    wish = wanted(what, what, context_length=context, cache_type=kind)
    for found in fit(wish, host(*[gpu(24)] * count)).models:
        assert 0 <= found.on_cpu <= 1
        assert found.estimate is not None
        assert found.estimate.needed >= 0
