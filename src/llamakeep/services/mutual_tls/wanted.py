"""What a host shows to the others of its fleet, and asks of them."""

from typing import Any

from llamakeep.inventory.stage import Evaluated, WantedStage
from llamakeep.inventory.wanted import Wanted

TRUST = "fleet:tls"


class WantedTls(Wanted):
    """The certificate by which the others know a host, and whom it trusts; nothing where it speaks to nobody."""

    name: str = ""  # on its certificate; empty: it needs none
    serials: tuple[str, ...] = ()  # hexadecimal, of those that the present root has issued it and that are in force
    replacing: bool = False  # whether another root takes over, until every host has a certificate from it
    shut_out: tuple[str, ...] = ()  # hosts that its doors let in, and that have no certificate to show


class Stage(WantedStage[WantedTls]):
    """The part of TLS between hosts in the inventory."""

    record = WantedTls

    def read(self, found: Evaluated) -> WantedTls:
        """Return what the role makes of the fleet."""
        parts = {name: found.derived[name] for name in ("name", "serials", "replacing", "shut_out")}
        return WantedTls.model_validate({"managed": found.managed, **parts})

    def input_in_short(self, name: str, value: Any) -> str:
        """Return the beginning of what stands for the roots."""
        if name != TRUST or not isinstance(value, dict):
            return ""
        return ", ".join(f"{part} {str(digest)[:12]}…" for part, digest in value.items() if digest)
