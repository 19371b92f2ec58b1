"""What hosts are made from beyond their own settings, and what their roles make and refuse of it; worker only."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ca_place, lock
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.looked_up import looked_up
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.neighbours import neighbours
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.options import Option

from llamakeep.errors import Refusal
from llamakeep.inventory.reader import Reader
from llamakeep.inventory.table import table_of

# A value of a wrong type is refused where it stands; what follows from it is no news.
FOLLOWS = (AnsibleError, AttributeError, KeyError, TypeError, ValueError, Refusal)


class Around:
    """The hosts of one inventory, as they hang together."""

    def __init__(self, reader: Reader, known: dict[str, Option], roles: Path, inventory: str) -> None:
        """Take a reader that has read the inventory."""
        self._reader, self._known, self._roles = reader, known, roles
        self._variables = {"ansible_inventory_sources": [inventory]}
        self._option: Callable[[str, str], Any] = cache(self._effective)
        self._shared: dict[tuple[str, ...], Any] = {}

    def elsewhere(self, host: str) -> dict[str, Any]:
        """Return what a host is made from that stands elsewhere, as its receipt names it; raises AnsibleError, Refusal.

        >>> around.elsewhere("gate1")
        {"fleet:routes": {"hosts": […], "models": […], …}, "fleet:root": "-----BEGIN CERTIFICATE-----…"}
        """
        groups, hostvars = self._reader.members(), self._reader.hostvars
        found: dict[str, Any] = neighbours(
            host, groups, hostvars, self._option, self._lock(), self._ca(), known=self._shared
        )
        return found

    def sight(
        self, host: str, roles: Sequence[str], elsewhere: dict[str, Any], refused: Refusal | None
    ) -> dict[str, Any]:
        """Return every variable that a role of ours would see on a host; `refused` is what was refused elsewhere."""
        today = datetime.now(UTC).date()
        found = looked_up(host, roles, self._reader.members(), self._option, elsewhere, refused, today, self._ca())
        return {**self._reader.sight(host), "hostvars": self._reader.hostvars, "inventory_hostname": host, **found}

    def refusals(self, roles: Sequence[str], sight: dict[str, Any]) -> Iterator[Refusal]:
        """Return what the roles of a host would refuse."""
        for name in roles:
            yield from self._reader.role(self._roles / name).refusals(sight)

    def tables(self, roles: Sequence[str], sight: dict[str, Any]) -> dict[str, Any]:
        """Return role -> what it manages on a host, and what it makes of its options; raises AnsibleError, Refusal.

        >>> around.tables(("ollama",), sight)
        {"ollama": {"managed": {"units": [{"name": "ollama.service", …}], …}, "wanted": {}}}
        """
        return {name: table_of(name, self._reader.role(self._roles / name), sight) for name in roles}

    def _effective(self, host: str, name: str) -> Any:
        if name == "left_out":
            return []  # only a look at the hosts says what does not fit
        if name == "ansible_host":
            return self._reader.plain(host, name) or ""
        return self._reader.value(host, self._known[name])

    @cache  # noqa: B019 - it lives as long as the process
    def _lock(self) -> Any:
        return lock.read(lock.find(self._variables))

    @cache  # noqa: B019 - it lives as long as the process
    def _ca(self) -> Path | None:
        try:
            found: Path = ca_place.folder_of(self._variables)
        except Refusal:
            return None  # an inventory that is no file has no CA beside it
        return found
