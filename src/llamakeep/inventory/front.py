"""What chats, gateways and desktops are made from beyond their settings, and what is refused of it; worker only."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import (
    backend,
    chatbox,
    gateway,
    lock,
    root,
)
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.neighbours import (
    neighbours,
)
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.options import Option

from llamakeep.errors import Refusal
from llamakeep.inventory.reader import Reader

ROLES = {"llm_hosts": "ollama", "chat_hosts": "open_webui", "gateway_hosts": "gateway", "desktop_hosts": "chatbox"}
# What the roles would look up, host by host.
_LEADS = "__gateway_leads"
_TOLD = "__chatbox_told"
_ASKS = "__open_webui_asks"

# A value of a wrong type is refused where it stands; what follows from it is no news.
FOLLOWS = (AnsibleError, AttributeError, KeyError, TypeError, ValueError, Refusal)


class Front:
    """The front door of one inventory: its chats, its gateways, and the desktops that ask there."""

    def __init__(self, reader: Reader, known: dict[str, Option], roles: Path, inventory: str) -> None:
        """Take a reader that has read the inventory."""
        self._reader, self._known, self._roles = reader, known, roles
        self._variables = {"ansible_inventory_sources": [inventory]}
        self._option: Callable[[str, str], Any] = cache(self._effective)

    def elsewhere(self, host: str) -> dict[str, Any]:
        """Return what a host is made from that stands elsewhere, as its receipt names it; raises AnsibleError, Refusal.

        >>> front.elsewhere("gate1")
        {"fleet:leads_to": {"hosts": […], "models": […], …}, "fleet:root": "-----BEGIN CERTIFICATE-----…"}
        """
        groups, hostvars = self._reader.members(), self._reader.hostvars
        found: dict[str, Any] = neighbours(host, groups, hostvars, self._option, self._lock(), self._ca())
        return found

    def chat(self, host: str) -> dict[str, Any]:
        """Return how people find the chat of a host, and whom it asks.

        >>> front.chat("chat1")
        {"url": "https://chat.example.org", "joins": False, "backend": "192.0.2.11:11434"}
        """
        asks = backend.asks(host, self._reader.members(), self._option)
        role, sight = self._role("open_webui"), {**self._reader.sight(host), _ASKS: asks}
        joins = bool(role.value(sight, "__open_webui_joins"))
        return {
            "url": str(role.value(sight, "__open_webui_origins | first")),
            "joins": joins,
            "backend": "" if joins else str(role.value(sight, "__open_webui_backend")),
        }

    def desktop(self, host: str) -> dict[str, Any]:
        """Return whom the Chatbox of a desktop asks, which hosts have each model, and whose key opens nothing any more.

        >>> front.desktop("desk1")
        {"id": "llamakeep-example.org", "address": "https://api.example.org/v1", "models": {"mistral:7b": ["gpu01"]},
         "stale": []}
        """
        groups, told = self._reader.members(), self._told_at(host)
        asked = told["provider"]
        had = {llm: chatbox.served([llm], self._option) for llm in groups.get("llm_hosts", [])}
        models = {model: [llm for llm, names in had.items() if model in names] for model in asked.get("models", ())}
        whom = {"id": asked.get("id", ""), "address": asked.get("address", "")}
        return {**whom, "models": models, "stale": told["stale"]}

    def refusals(self, host: str, groups: tuple[str, ...], elsewhere: dict[str, Any] | str) -> Iterator[str]:
        """Return what the roles of a host would refuse; `elsewhere` is a text where that was refused itself."""
        for group, name in ROLES.items():
            if group in groups:
                sight = self._reader.sight(host)
                if name == "open_webui":
                    sight |= {_ASKS: {"refusals": []}}  # whoever refuses what stands elsewhere has said it
                if name == "gateway":
                    sight |= {_LEADS: self._leads(host, elsewhere)}
                if name == "chatbox":
                    sight |= {_TOLD: self._told(host, elsewhere)}
                yield from self._role(name).refusals(sight)

    def _leads(self, host: str, elsewhere: dict[str, Any] | str) -> dict[str, Any]:
        told = {name: self._option(host, name) for name in self._known if name.startswith("gateway_")}
        wrong = [str(one) for one in gateway.refusals(told)]
        if isinstance(elsewhere, str):
            return {"refusals": [*wrong, elsewhere]}
        return {**elsewhere.get("fleet:leads_to", {}), "refusals": wrong}

    def _told(self, host: str, elsewhere: dict[str, Any] | str) -> dict[str, Any]:
        if isinstance(elsewhere, str):
            return {"refusals": [elsewhere], "root": ""}
        told = self._told_at(host)
        # A key that was revoked, or that ended, is no reason to refuse the whole fleet: the plan refuses the desktop.
        lasting = [one for one in told["refusals"] if one not in told["stale"]]
        return {**told, "refusals": lasting, "root": ""}

    def _told_at(self, host: str) -> dict[str, Any]:
        groups, users = self._reader.members(), self._option(host, "chatbox_users")
        told: dict[str, Any] = chatbox.told(host, groups, self._option, users, datetime.now(UTC).date())
        return told

    def _role(self, name: str) -> Any:
        return self._reader.role(self._roles / name)

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
            found: Path = root.folder_of(self._variables)
        except Refusal:
            return None  # an inventory that is no file has no CA beside it
        return found
