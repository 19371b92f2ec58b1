"""Whether what the options of a gateway say of its certificate holds together."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import acme

PLACE = "gateway_certificate_and_key"


def refusals(options: Mapping[str, Any], moment: datetime.datetime) -> list[Refusal]:
    """Return what is wrong with the choice of a certificate, and with the one that is given.

    >>> refusals({"gateway_certificate": "given", "gateway_certificate_and_key": "", …}, now())
    [Refusal("gateway_certificate_and_key", "is empty, and gateway_certificate is given", …)]
    """
    kind, text = options["gateway_certificate"], options[PLACE]
    if kind != "given":
        remedy = "set gateway_certificate: given, or leave the text out"
        unused = (
            [
                Refusal(
                    PLACE, f"is set, and gateway_certificate is {kind}", id="operator-certificate-unused", remedy=remedy
                )
            ]
            if text
            else []
        )
        return unused + (acme.refusals(options) if kind == "acme" else [])
    if not text.strip():
        remedy = f"set it from the vault, or by a lookup: {PLACE}: \"{{{{ lookup('file', 'gateway.pem') }}}}\""
        return [
            Refusal(
                PLACE,
                "is empty, and gateway_certificate is given",
                id="operator-certificate-missing",
                expected="one text in PEM",
                remedy=remedy,
            )
        ]
    # Only here, for it takes its time: what reads certificates is not imported where the operator gives none.
    from ansible_collections.llamakeep.fleet.plugins.plugin_utils.operator_certificate import fault

    found = fault(text, [f"{name}.{options['gateway_domain']}".lower() for name in ("chat", "api")], moment)
    return [found] if found else []
