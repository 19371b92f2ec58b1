"""One host as the inventory describes it: what it says, where it is written, what is wrong; worker only."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED, SHORTEST
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.inputs import concern
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.options import Option
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.played import has_models, roles_of

from llamakeep.errors import Refusal
from llamakeep.inventory.around import FOLLOWS, Around
from llamakeep.inventory.check import unknown_name, wrong_type
from llamakeep.inventory.definition import Definition, Written, effective
from llamakeep.inventory.place import folder_of
from llamakeep.inventory.reader import Reader

ALONE: dict[str, Any] = {"elsewhere": {}, "tables": {}}


class View:
    """One host as the inventory describes it."""

    def __init__(
        self,
        inventory: str,
        host: str,
        reader: Reader,
        written: Written,
        known: dict[str, Option],
        problems: list[Refusal],
    ) -> None:
        """Take one host; what is wrong with it is added to `problems`."""
        self._inventory, self._host, self._reader, self._known = inventory, host, reader, known
        self._groups = reader.groups(host)
        self._roles: tuple[str, ...] = roles_of(self._groups)
        self._values: dict[str, Any] = {}
        self._definitions, self._problems = written.of(host, self._groups), problems
        self._written = written.names
        self._variables = reader.variables(host)
        self._vaulted: list[str] = []

    @property
    def has_models(self) -> bool:
        """Whether the host serves models, or asks somebody beyond the inventory for them."""
        found: bool = has_models(self._groups, self._variables)
        return found

    def describe(self) -> dict[str, Any]:
        """Return what is written about the host itself, and how it is reached."""
        for name in self._variables.keys() - self._written:
            if refusal := unknown_name(str(name), self.place(str(name)), self._known):
                self._problems.append(refusal)
        self._vaulted = self._opened()
        own = concern(self._groups)
        values = {
            name: self._value(option) for name, option in self._known.items() if name in own or name in self._variables
        }
        self._values = {name: value for name, value in values.items() if name in own}
        return {
            "name": self._host,
            "groups": [group for group in self._groups if group not in {"all", "ungrouped"}],
            "roles": self._roles,
            "values": self._values,
            "speaks_from": values.get("firewall_addresses"),
            "places": self._places(),
            "vaulted": self._vaulted,
            "connection": self._reader.connection(self._host, self._inventory),
        }

    def around(self, around: Around, views: Mapping[str, "View"]) -> dict[str, Any]:
        """Return what makes the host what it is beyond its own settings; `views` are all hosts.

        >>> view.around(around, views)
        {"elsewhere": {"fleet:allowed_clients": {"ipv4": ["192.0.2.9"], "ipv6": []}}, "tables": {"ollama": {…}, …}}
        """
        before = len(self._problems)
        elsewhere: dict[str, Any] = {}
        tables: dict[str, Any] = {}
        try:
            elsewhere, refused = self._elsewhere(around)
            sight = around.sight(self._host, self._roles, elsewhere, refused)
            for said in (*(refused.all if refused else ()), *around.refusals(self._roles, sight)):
                self._problems.append(self._placed(said, views))
            if len(self._problems) == before:
                tables = around.tables(self._roles, sight)
        except Refusal as error:
            self._problems += (self._placed(one, views) for one in error.all)
        except FOLLOWS as error:
            if not self._problems:
                place = f"{self._inventory}: {self._host}"
                raise Refusal(
                    place, f"what it is made from cannot be evaluated: {error}", id="value-not-evaluated"
                ) from error
        return {"elsewhere": elsewhere, "tables": tables}

    def _elsewhere(self, around: Around) -> tuple[dict[str, Any], Refusal | None]:
        """Return what stands elsewhere, and the Refusal where that is refused."""
        try:
            return around.elsewhere(self._host), None
        except Refusal as refused:
            return {}, refused

    def _placed(self, refusal: Refusal, views: Mapping[str, "View"]) -> Refusal:
        """Return what the collection refuses with the file and line of the option that it speaks of."""
        option = re.match(r"[a-z_0-9]*", refusal.place)
        other = re.search(r" of (\S+)$", refusal.place)
        view = views.get(other[1], self) if other else self
        name = option[0] if option else ""
        place = view.place(name) if name in self._known else f"{self._inventory}: {self._host}"
        found = f"{refusal.place}: {refusal.found}"
        return refusal.but(place=place, found=self._struck(found), remedy=self._struck(refusal.remedy))

    def _struck(self, text: str) -> str:
        """Return a text without what came out of a vault."""
        for secret in sorted(self._vaulted, key=len, reverse=True):
            text = text.replace(secret, REDACTED) if len(secret) >= SHORTEST else text
        return text

    def _definition(self, name: str) -> Definition | None:
        return effective(self._definitions, name, self._host, self._groups)

    def place(self, name: str) -> str:
        """Return where a variable of the host is written; a dynamic inventory has no lines."""
        definition = self._definition(name)
        return definition.place if definition else f"{self._inventory}: {self._host}"

    def _places(self) -> dict[str, str]:
        """Return file and line, relative to the inventory, of each option that the inventory sets."""
        inventory = Path(self._inventory)
        folder = folder_of(inventory)
        found = {name: self._definition(name) for name in self._known if name in self._variables}
        return {
            name: f"{one.path.relative_to(folder)}:{one.line}" if one else inventory.name for name, one in found.items()
        }

    def _value(self, option: Option) -> Any:
        """Return the value that the play sees."""
        definition = self._definition(option.name)
        place = self.place(option.name)
        try:
            value = self._reader.value(self._host, option)
        except Refusal as unclear:
            found = f"{option.name} cannot be evaluated: {unclear.found}"
            self._problems.append(unclear.but(place=place, found=found, expected=""))
            return None
        if option.name in self._variables:
            secret = definition is not None and definition.vaulted
            if refusal := wrong_type(option, value, place, secret=secret, vaulted=frozenset(self._vaulted)):
                self._problems.append(refusal)
        return value

    def _opened(self) -> list[str]:
        """Return every text that came out of a vault for this host."""
        names = {one.name for one in self._definitions if one.vaulted and one.name in self._variables}
        texts: set[str] = set()
        for name in sorted(names):
            try:
                texts.update(self._reader.texts(self._host, name))
            except Refusal as sealed:
                self._problems.append(sealed.but(place=self.place(name), found=f"{name}: {sealed.found}", expected=""))
        return sorted(texts)
