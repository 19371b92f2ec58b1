"""Sizes and time spans as people read them."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import duration, readable


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (4402341478, "4.1 GiB"), (5 * 2**50, "5120.0 TiB")],
)
def test_bytes(size, text):
    assert readable(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (492, "8 min 12 s"), (7260, "2 h 1 min")],
)
def test_time(seconds, text):
    assert duration(seconds) == text
