"""The name of a lab, and everything that is called after it, so that two labs never clash."""

import re
from dataclasses import dataclass
from pathlib import Path

from llamakeep.errors import Refusal

DEFAULT = "lab"
_FORM = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])?")

LABEL = "io.llamakeep.lab"  # on every container and network; its value is the lab's name
LABEL_HOST = "io.llamakeep.lab.host"
LABEL_RELEASE = "io.llamakeep.lab.release"
LABEL_SPEC = "io.llamakeep.lab.spec"  # digest of all that a container was made from
LABEL_INVENTORY = "io.llamakeep.lab.inventory"  # absolute path of the folder that belongs to the lab


@dataclass(frozen=True)
class Name:
    """The name of one lab, `lab` where nobody gave another."""

    text: str

    def __post_init__(self) -> None:
        if not _FORM.fullmatch(self.text):
            raise Refusal(
                f"lab name {self.text!r}",
                "cannot be part of host, container and folder names",
                id="lab-name-invalid",
                expected="1 to 24 of a-z, 0-9 and '-', not beginning or ending with '-'",
                remedy=f"--name {_nearest(self.text)}",
            )

    @property
    def network(self) -> str:
        """The network's name in the engine."""
        return f"llamakeep-{self.text}"

    def container(self, host: str) -> str:
        """Return the name that the engine knows a host by."""
        return f"llamakeep-{self.text}-{host}"

    def inventory(self, base: Path) -> Path:
        """Return the folder of the inventory: `inventories/lab`, `inventories/lab-<name>` for another name."""
        return base / (self.text if self.text == DEFAULT else f"{DEFAULT}-{self.text}")


def _nearest(text: str) -> str:
    """Return a name that is allowed and looks like the one that was given."""
    kept = re.sub(r"[^a-z0-9]+", "-", text.lower())[:24].strip("-")
    return kept or DEFAULT
