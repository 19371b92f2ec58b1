"""An amount of memory as people write it."""

import re
from typing import Any

from llamakeep.errors import Refusal
from llamakeep.inventory.concealed import redact, reveal

_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_FORM = re.compile(r"\s*(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[A-Za-z]+)\s*")


def amount(value: Any, option: str, place: str) -> int:
    """Return an amount in bytes.

    >>> amount("7.5 GiB", "ollama_minimum_vram", "group_vars/llm_hosts.yml:4")
    8053063680

    Raises Refusal where it is none.
    """
    form = _FORM.fullmatch(str(reveal(value)))
    unit = _UNITS.get(form["unit"].upper()) if form else None
    if form is None or unit is None:
        raise Refusal(
            place,
            f"{option} is {redact(value)!r}",
            id="memory-size-invalid",
            expected="a number with its unit, such as 8 GB (10^9 bytes) or 7.5 GiB (2^30 bytes)",
        )
    return round(float(form["number"]) * unit)
