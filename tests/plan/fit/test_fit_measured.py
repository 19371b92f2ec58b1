"""Every measurement whose parameters are known, against the estimate: docs/fit.md shows the same rows."""

import pytest
from fit_rows import MIB, MOST_OVER, MOST_UNDER, Row, interval, rows

from llamakeep.plan.fit.estimate import CONTEXT

HELD = [row for row in [*rows("rows"), *rows("own"), *rows("card")] if "held" not in row.given]
SPILLED = [row for row in rows("card") if "held" in row.given]
GAPS = list(rows("gaps"))


@pytest.mark.parametrize("row", HELD, ids=lambda row: row.id)
def test_size_is_within_three_per_cent_and_never_two_under(row: Row) -> None:
    assert -MOST_UNDER <= row.error <= MOST_OVER


@pytest.mark.parametrize("row", [row for row in [*HELD, *SPILLED] if "batch" in row.given], ids=lambda row: row.id)
def test_the_micro_batch_is_the_one_that_the_server_chose(row: Row) -> None:
    assert row.load.batch == row.given["batch"]


@pytest.mark.parametrize("row", SPILLED, ids=lambda row: row.id)
def test_as_many_layers_find_a_place_as_the_engine_gave_one(row: Row) -> None:
    assert row.held in (row.given["held"], row.given["held"] - 1)


@pytest.mark.parametrize(
    "row", [row for row in [*HELD, *GAPS, *rows("caches")] if row.given.get("cache")], ids=lambda row: row.id
)
def test_the_cache_is_exact(row: Row) -> None:
    logged = row.given["cache"]
    lines = logged if isinstance(logged, list) else [logged]
    assert row.cache / MIB == pytest.approx(sum(lines), abs=0.01 * len(lines))


@pytest.mark.parametrize("row", GAPS, ids=lambda row: row.id)
def test_a_row_with_a_gap_is_met_or_says_why_not(row: Row) -> None:
    assert row.met == ("unmet" not in row.given)


@pytest.mark.parametrize("row", [row for row in GAPS if "card" in row.given], ids=lambda row: row.id)
def test_the_card_never_gives_up_more_than_taken(row: Row) -> None:
    assert row.estimate.taken >= row.given["card"] * MIB


@pytest.mark.parametrize(("context", "process"), [(2048, 12110), (4096, 12734), (8192, 13966)])
def test_a_process_never_takes_more_than_its_estimate(context: int, process: int) -> None:
    row = next(row for row in HELD if row.model.architecture == "deepseek2" and row.given["context"] == context)
    assert row.estimate.taken >= process * MIB


@pytest.mark.parametrize("rest", [223, 231, 280, 304.7, 347, 395])
def test_the_drivers_context_is_the_most_that_was_seen(rest: float) -> None:
    assert rest * MIB <= CONTEXT


@pytest.mark.parametrize("row", list(rows("older")), ids=lambda row: row.id)
def test_older_releases_are_told_apart(row: Row) -> None:
    assert row.given["ollama"].startswith("0.1")
    assert row not in HELD


def test_a_shown_figure_is_an_interval() -> None:
    assert interval("5.3 GB") == pytest.approx((5.25e9, 5.35e9))
    assert interval("13 GB") == (13e9, 14e9)
    assert interval("370 MB") == (369.5e6, 370.5e6)
    assert interval(330626497) == (330626497, 330626497)
