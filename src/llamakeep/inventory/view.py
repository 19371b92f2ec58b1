"""One host as the inventory describes it: what it says, where it is written, what is wrong; worker only."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llamakeep.errors import Refusal
from llamakeep.inventory.check import unknown_name, wrong_type
from llamakeep.inventory.definition import Definition, Written, effective
from llamakeep.inventory.front import FOLLOWS, Front, Refused, concern
from llamakeep.inventory.message import in_parts
from llamakeep.inventory.option import Option
from llamakeep.inventory.reader import Reader
from llamakeep.inventory.secret import REDACTED, SHORTEST

NO_FRONT: dict[str, Any] = {"elsewhere": {}, "chat": None, "desktop": None}


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
        self._definitions, self._problems = written.of(host, self._groups), problems
        self._written = written.names
        self._variables = reader.variables(host)
        self._vaulted: list[str] = []

    @property
    def has_models(self) -> bool:
        """Whether the host serves models, or is a chat that asks somebody beyond the inventory for them."""
        return "llm_hosts" in self._groups or (
            "chat_hosts" in self._groups and bool(self._variables.get("open_webui_backend"))
        )

    def describe(self) -> dict[str, Any]:
        """Return what is written about the host itself, and how it is reached."""
        for name in self._variables.keys() - self._written:
            if refusal := unknown_name(str(name), self.place(str(name)), self._known):
                self._problems.append(refusal)
        self._vaulted = self._opened()
        own = concern(self._groups, self._known)
        values = {
            name: self._value(option) for name, option in self._known.items() if name in own or name in self._variables
        }
        return {
            "name": self._host,
            "groups": [group for group in self._groups if group not in {"all", "ungrouped"}],
            "values": {name: value for name, value in values.items() if name in own},
            "speaks_from": values.get("firewall_addresses"),
            "places": self._places(),
            "vaulted": self._vaulted,
            "connection": self._reader.connection(self._host, self._inventory),
        }

    def front(self, front: Front, views: Mapping[str, "View"]) -> dict[str, Any]:
        """Return what stands elsewhere in the inventory and makes the host what it is; `views` are all hosts.

        >>> view.front(front, views)
        {"elsewhere": {"fleet:knockers": {"ipv4": ["192.0.2.9"], "ipv6": []}}, "chat": None, "desktop": None}
        """
        before = len(self._problems)
        chat: dict[str, Any] | None = None
        desktop: dict[str, Any] | None = None
        try:
            elsewhere, refused = self._elsewhere(front)
            for said in (refused, *front.refusals(self._host, self._groups, refused or elsewhere)):
                self._problems += (self._placed(one, views) for one in in_parts(said))
            if "chat_hosts" in self._groups and len(self._problems) == before:
                chat = front.chat(self._host)
            if "desktop_hosts" in self._groups and len(self._problems) == before:
                desktop = front.desktop(self._host)
        except FOLLOWS as error:
            if not self._problems:
                place = f"{self._inventory}: {self._host}"
                raise Refusal(place, f"its front door cannot be worked out: {error}") from error
            elsewhere = {}
        return {"elsewhere": elsewhere, "chat": chat, "desktop": desktop}

    def _elsewhere(self, front: Front) -> tuple[dict[str, Any], str]:
        """Return what stands elsewhere, and in words what is refused there."""
        try:
            if not self._is_front:
                return self._knockers(), ""
            return front.elsewhere(self._host), ""
        except Refused as refused:
            return {}, str(refused)

    @property
    def _is_front(self) -> bool:
        return not {"chat_hosts", "gateway_hosts", "desktop_hosts"}.isdisjoint(self._groups)

    def _knockers(self) -> dict[str, Any]:
        """Return who may knock at the door of a host of the models alone: many hosts have the same groups."""
        if "llm_hosts" not in self._groups:
            return {}
        groups = self._reader.value(self._host, self._known["ollama_api_groups"])
        return {"fleet:knockers": self._reader.knockers("ollama_api", groups)} if isinstance(groups, list) else {}

    def _placed(self, refusal: Refusal, views: Mapping[str, "View"]) -> Refusal:
        """Return what the collection refuses with the file and line of the option that it speaks of."""
        option = re.match(r"[a-z_0-9]*", refusal.place)
        other = re.search(r" of (\S+)$", refusal.place)
        view = views.get(other[1], self) if other else self
        name = option[0] if option else ""
        place = view.place(name) if name in self._known else f"{self._inventory}: {self._host}"
        found = f"{refusal.place}: {refusal.found}"
        return Refusal(place, self._struck(found), expected=refusal.expected, remedy=self._struck(refusal.remedy))

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
        folder = inventory if inventory.is_dir() else inventory.parent
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
            found = f"{option.name} cannot be worked out: {unclear.found}"
            self._problems.append(Refusal(place, found, remedy=unclear.remedy))
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
                self._problems.append(Refusal(self.place(name), f"{name}: {sealed.found}", remedy=sealed.remedy))
        return sorted(texts)
