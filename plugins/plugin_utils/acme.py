"""What an ACME server has to be told before it gives a gateway its certificate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

DIRECTORY = re.compile(r"https://[^\s/]+/\S*")
EMAIL = re.compile(r"[^\s@,]+@[^\s@,]+")


def refusals(options: Mapping[str, Any]) -> list[Refusal]:
    """Return what is wrong with the options of ACME, where the gateway's certificate comes by it.

    >>> refusals({"gateway_acme_directory": "", "gateway_acme_email": "", "gateway_acme_terms_accepted": False, …})
    [Refusal("gateway_acme_directory", "is not set", …), Refusal("gateway_acme_terms_accepted", "is not set", …)]
    """
    found = []
    directory, email = str(options["gateway_acme_directory"]), str(options["gateway_acme_email"])
    if not DIRECTORY.fullmatch(directory):
        said = f"{directory!r} is no address of one" if directory else "is not set, and gateway_certificate is acme"
        remedy = "such as gateway_acme_directory: https://acme-v02.api.letsencrypt.org/directory"
        found.append(
            Refusal(
                "gateway_acme_directory",
                said,
                id="acme-directory-invalid",
                expected="the https address of an ACME server's directory",
                remedy=remedy,
            )
        )
    if options["gateway_acme_terms_accepted"] is not True:
        remedy = "read them, and set gateway_acme_terms_accepted: true"
        found.append(
            Refusal(
                "gateway_acme_terms_accepted",
                "is not set: the server's terms are yours to accept",
                id="acme-terms-not-accepted",
                remedy=remedy,
            )
        )
    if email and not EMAIL.fullmatch(email):
        found.append(
            Refusal(
                "gateway_acme_email",
                f"{email!r} is no address",
                id="acme-email-invalid",
                expected="one such as ops@example.org, or none",
            )
        )
    return found
