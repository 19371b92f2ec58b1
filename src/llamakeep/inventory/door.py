"""A door of a service, with the hosts that it lets in."""

from collections.abc import Iterable, Mapping

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import is_loopback
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.doors import listening_at

from llamakeep.inventory.managed import ManagedDoor
from llamakeep.inventory.stage import Listening
from llamakeep.record import Record


class Door(Record):
    """A way into a sealed service."""

    name: str
    into: str  # unit, "ollama.service"
    port: int
    at: tuple[str, ...]  # addresses on which it listens
    groups: tuple[str, ...] = ()  # whose hosts may come to the addresses that are not loopback
    sources: tuple[str, ...] = ()  # the addresses of those hosts
    mutual: bool = False  # whether it asks who comes to those addresses for a certificate, and shows its own
    users: tuple[str, ...] | None = None  # of the host itself, who alone may come, beside root; None: all of them

    @classmethod
    def of(cls, managed: ManagedDoor, groups: Iterable[str], allowed: Mapping[str, list[str]]) -> "Door":
        """Return a door of a role's table, for the hosts of `groups`; `allowed` are their addresses by family.

        >>> Door.of(managed.door("ollama-api"), ["chat_hosts"], {"ipv4": ["192.0.2.9"], "ipv6": []})
        Door(name='ollama-api', into='ollama.service', port=11434, at=('127.0.0.1',), groups=('chat_hosts',), …)
        """
        return cls(
            name=managed.name,
            into=managed.into,
            port=managed.port,
            at=tuple(listening_at(managed.at, tls=managed.tls)),
            groups=tuple(groups),
            sources=tuple(address for family in ("ipv4", "ipv6") for address in allowed.get(family, ())),
            mutual=managed.tls and not all(map(is_loopback, managed.at)),
            users=managed.users,
        )

    @property
    def local_users(self) -> str:
        """Return who of the host itself may come, in words; empty: every local user.

        >>> Door(name="ollama-manage", into="ollama.service", port=11436, at=("127.0.0.1",), users=("ann",)).local_users
        'root and ann'
        """
        if self.users is None:
            return ""
        *others, last = dict.fromkeys(("root", *self.users))
        return f"{', '.join(others)} and {last}" if others else last

    @property
    def units(self) -> tuple[str, ...]:
        """Return the units that may hold its sockets; the program keeps those that it was handed."""
        return f"{self.name}.socket", f"{self.name}.service"


def listening(door: Door, option: str) -> Listening:
    """Return where a door listens; `option` is the one by which its port is chosen."""
    return Listening(option, door.port, door.at, door.units, f"the door {door.name}")
