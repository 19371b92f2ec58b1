"""What a converge left on the host, and what has changed since."""

import json
import shlex
from functools import cache
from typing import NamedTuple

from llamakeep import collection
from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import Drift, Receipt

_FIRST = """
command -v "$python" >/dev/null || { echo 'no Python'; exit 0; }
[ "$(id -u)" = 0 ] || { echo 'not root'; exit 0; }
"""


class Left(NamedTuple):
    """The receipt, None where there is none, and what drifted from it."""

    receipt: Receipt | None
    drift: tuple[Drift, ...]


class ReceiptFact(Fact[Left]):
    """The receipt and its drift, in one look.

    >>> Left(receipt=Receipt(kit="0.1.0+3f9c2a7b61de", complete=True, salt="9f…", inputs={"ollama_version": "…"}),
    ...      drift=(Drift(kind="file", name="/etc/systemd/system/ollama.service", found="its content was…"),))
    """

    name = "receipt"
    limit = 120  # a blob that was written to since the converge is hashed anew

    def question(self, ask: Ask) -> str:
        """Ask the module that writes receipts: its source goes to the host's own Python."""
        look = f'printf "%s" {shlex.quote(_source())} | "$python" -I - look'
        return f"python={shlex.quote(ask.python)}\n{_FIRST}\n{look}"

    def parse(self, answer: str) -> Left:
        """Read one JSON object; without Python there can be no receipt, and only root can read one."""
        if answer.strip() in {"no Python", "not root"}:
            return Left(None, ())
        said = json.loads(answer)
        receipt = Receipt(**said["receipt"]) if said["receipt"] is not None else None
        return Left(receipt, tuple(Drift(**drift) for drift in said["drift"]))


@cache
def _source() -> str:
    path = collection.root() / "plugins" / "module_utils" / "receipt.py"
    return path.read_text(encoding="utf-8")
