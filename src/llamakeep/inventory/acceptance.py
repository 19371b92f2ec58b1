"""Vulnerabilities that an inventory accepts, each with the reason that somebody wrote down."""

import difflib
from typing import Any

from llamakeep import vulnerability
from llamakeep.errors import Refusal, refuse
from llamakeep.inventory.concealed import redact, reveal

OPTION = "ollama_accepted_vulnerabilities"


def accepted(value: dict[str, Any], place: str = "", option: str = OPTION, product: str = "ollama") -> dict[str, str]:
    """Return CVE -> reason, a secret one struck out; refuse a CVE that nobody here knows, and one without a reason.

    `place` says where `option` is written, which holds it about one product.

    >>> accepted({"CVE-2026-7482": "only the gateway speaks to it, until June"})
    {'CVE-2026-7482': 'only the gateway speaks to it, until June'}
    """
    place = place or option
    plain = reveal(value) or {}
    if not isinstance(plain, dict):  # Ansible would read a text as pairs
        raise Refusal(
            place,
            f"{option} is {redact(value)!r}",
            id="acceptance-malformed",
            expected="a mapping of a CVE to the reason",
        )
    known = [one.id for one in vulnerability.known() if one.product == product]
    problems = []
    for name, reason in plain.items():
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.8)
            problems.append(
                Refusal(
                    place,
                    f"{option} names {name}, which this kit does not know",
                    id="vulnerability-unknown",
                    expected=f"one of {', '.join(known)}",
                    remedy=f"did you mean {near[0]}?" if near else "remove it: nothing is refused because of it",
                )
            )
        elif not isinstance(reason, str) or not reason.strip():
            problems.append(
                Refusal(
                    place,
                    f"{option} accepts {name} without a reason",
                    id="acceptance-without-reason",
                    expected="why it does no harm here, as a text",
                    remedy=f'{name}: "only … reaches this server, until …"',
                )
            )
    refuse(problems)
    return {str(name): str(reason) for name, reason in (redact(value) or {}).items()}
