"""Ansible's API, as far as the kit needs it; only the worker process imports this."""

import difflib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError

# A source that cannot be read is an error here, not a warning; these are read before the next import.
constants.INVENTORY_ANY_UNPARSED_IS_FAILED = True
constants.INVENTORY_IGNORE_PATTERNS = [*constants.INVENTORY_IGNORE_PATTERNS, r"\.lock$"]

from ansible.inventory import manager  # noqa: E402
from ansible.parsing.dataloader import DataLoader  # noqa: E402
from ansible.parsing.vault import VaultSecretsContext  # noqa: E402
from ansible.plugins.loader import become_loader, connection_loader, init_plugin_loader  # noqa: E402
from ansible.template import Templar  # noqa: E402
from ansible.vars.hostvars import HostVars  # noqa: E402
from ansible.vars.manager import VariableManager  # noqa: E402
from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import strings_of  # noqa: E402
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.options import Option  # noqa: E402

from llamakeep import collection  # noqa: E402
from llamakeep.errors import Refusal  # noqa: E402
from llamakeep.inventory import vault  # noqa: E402
from llamakeep.inventory.reached import reached  # noqa: E402
from llamakeep.inventory.role import Role  # noqa: E402

_PATTERN = set("&!~*?[]@")  # a part of --limit with one of these is more than a name
_MEANT_AS_INVENTORY = {".yml", ".yaml", ".json", ".ini", ".toml"}


class _Inventory(manager.InventoryManager):  # type: ignore[misc] # ansible has no types
    """An inventory that remembers which of its files Ansible could not read."""

    def __init__(self, loader: DataLoader, source: str) -> None:
        self.unread: list[tuple[Path, str]] = []
        super().__init__(loader=loader, sources=[source])

    def parse_source(self, source: str, cache: bool = False) -> bool:
        """Read one file or folder; keep what each of Ansible's plugins said against a file."""
        said: list[BaseException] = []
        manager.display.error_as_warning = lambda *, exception, **_: said.append(exception)
        try:
            return bool(super().parse_source(source, cache=cache))
        except AnsibleError as error:
            path = Path(source)
            if not path.is_dir():
                # The plugins try in the order script, yaml, ini: a program fails first, a text last.
                best = (said[0] if os.access(path, os.X_OK) else said[-1]) if said else error
                self.unread.append((path, vault.in_words(best)))
            return False


class Reader:
    """One inventory, read by Ansible."""

    def __init__(self, defaults: Iterable[Path]) -> None:
        """Get ready; `defaults` are the files with the defaults of our roles."""
        collection.leave_to_ansible()
        init_plugin_loader([str(collection.path())])  # the kit's own collection, before any other copy of it
        for kind, name in ((connection_loader, "ssh"), (become_loader, "sudo")):
            kind.get(name, class_only=True)  # brings in the options whose values `connection` asks for
        self._loader = DataLoader()
        secrets = vault.secrets(self._loader)
        self._loader.set_vault_secrets(secrets)
        VaultSecretsContext.initialize(VaultSecretsContext(secrets))
        self._variables: dict[str, dict[str, Any]] = {}
        self._templars: dict[str, Templar] = {}
        self._roles: dict[Path, Role] = {}
        self._defaults: dict[str, Any] = {}
        for path in defaults:
            self._defaults |= self._loader.load_from_file(str(path), trusted_as_template=True) or {}

    def text(self, path: Path) -> tuple[str, bool]:
        """Return the text of a file, and whether it came out of a vault."""
        try:
            sealed = path.read_bytes().startswith(b"$ANSIBLE_VAULT")
            text = str(self._loader.get_text_file_contents(str(path.resolve())))
        except AnsibleError as error:
            raise vault.refusal(str(path), error) from error
        except (OSError, UnicodeDecodeError) as error:
            raise Refusal(str(path), f"cannot be read: {error}", id="inventory-unreadable") from error
        return text, sealed

    def load(self, inventory: str) -> None:
        """Have Ansible read the inventory; refuse what it cannot read, and one without hosts."""
        try:
            self._inventory = _Inventory(self._loader, inventory)
        except AnsibleError as error:
            raise vault.refusal(inventory, error) from error
        for path, said in self._inventory.unread:
            if path == Path(inventory).absolute() or path.suffix in _MEANT_AS_INVENTORY or os.access(path, os.X_OK):
                raise Refusal(
                    os.path.relpath(path), f"Ansible cannot read it as an inventory: {said}", id="inventory-unreadable"
                )
        if not self._inventory.hosts:
            raise Refusal(
                inventory,
                "the inventory names no host",
                id="inventory-empty",
                expected="hosts in the group llm_hosts, at least",
            )
        self._manager = VariableManager(loader=self._loader, inventory=self._inventory)
        self._hostvars = HostVars(self._inventory, self._manager, self._loader)

    def hosts(self) -> list[str]:
        """Return the names of all hosts, in the order of the inventory."""
        return [str(name) for name in self._inventory.hosts]

    def group_names(self) -> list[str]:
        """Return the names of all groups."""
        return [str(name) for name in self._inventory.groups]

    def select(self, limit: str | None) -> set[str]:
        """Return the names of the hosts that a pattern of `--limit` matches."""
        if limit is None:
            return set(self.hosts())
        self._refuse_unknown(limit)
        try:
            self._inventory.subset(limit)
            found = {str(host.name) for host in self._inventory.get_hosts()}
            self._inventory.subset(None)
        except AnsibleError as error:
            raise Refusal(f"--limit {limit}", vault.in_words(error), id="limit-invalid") from error
        if not found:
            raise Refusal(
                f"--limit {limit}",
                "matches no host of the inventory",
                id="limit-matches-nothing",
                expected="a host, a group that has hosts, or a pattern of them",
                remedy="llamakeep show -i … lists the hosts and their groups",
            )
        return found

    def _refuse_unknown(self, limit: str) -> None:
        """Refuse a plain name in a pattern that is neither host nor group: Ansible would drop it without a word."""
        known = [*self.hosts(), *self.group_names()]
        for part in manager.split_host_pattern(limit):
            name = str(part)
            if name and not _PATTERN & set(name) and name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
                raise Refusal(
                    f"--limit {limit}",
                    f"{name} is neither a host nor a group of the inventory",
                    id="limit-name-unknown",
                    remedy=f"did you mean {near[0]}?" if near else "llamakeep show -i … lists the hosts",
                )

    def groups(self, host: str) -> tuple[str, ...]:
        """Return the groups of a host from general to special: later ones win."""
        groups = self._inventory.get_host(host).get_groups()
        ordered = sorted(groups, key=lambda group: (group.depth, group.priority, group.name))
        return tuple(str(group.name) for group in ordered)

    def variables(self, host: str) -> dict[str, Any]:
        """Return the host's variables as written, with Ansible's own beside them."""
        if host not in self._variables:
            try:
                self._variables[host] = self._manager.get_vars(host=self._inventory.get_host(host))
            except AnsibleError as error:
                raise vault.refusal(host, error) from error
        return self._variables[host]

    def value(self, host: str, option: Option) -> Any:
        """Return what a play would see in `option` on a host: from the inventory, else from the role."""
        if option.name in self.variables(host):
            return self._templated(host, self.variables(host)[option.name])
        return self._templated(host, self._defaults.get(option.name))

    def sight(self, host: str) -> dict[str, Any]:
        """Return every variable that a role of ours would see on a host, as written."""
        return {**self._defaults, **self.variables(host), "groups": self.members()}

    def members(self) -> dict[str, list[str]]:
        """Return group -> names of its hosts.

        >>> {"all": ["gpu01", "chat01"], "llm_hosts": ["gpu01"], …}
        """
        found: dict[str, list[str]] = self._inventory.get_groups_dict()
        return found

    def role(self, folder: Path) -> Role:
        """Return the role in a folder, as a play would read it."""
        if folder not in self._roles:
            self._roles[folder] = Role(folder, self._loader)
        return self._roles[folder]

    @property
    def hostvars(self) -> HostVars:
        """Return the variables of every host, as Ansible hands them to a play."""
        return self._hostvars

    def texts(self, host: str, name: str) -> list[str]:
        """Return every string in one variable of a host."""
        return [str(text) for text in strings_of(self._templated(host, self.variables(host)[name]))]

    def plain(self, host: str, name: str) -> Any:
        """Return a variable that is no option of ours; None where the host has none."""
        return self._templated(host, self.variables(host).get(name))

    def _templated(self, host: str, raw: Any) -> Any:
        """Return a value with its templates filled in; defaults of all roles are in sight, as in a play."""
        if host not in self._templars:
            sight = {**self._defaults, **self.variables(host)}
            self._templars[host] = Templar(loader=self._loader, variables=sight)
        try:
            return self._templars[host].template(raw)
        except AnsibleError as error:
            raise vault.refusal(host, error) from error

    def connection(self, host: str, inventory: str) -> dict[str, Any]:
        """Return how Ansible would reach the host."""
        ours = {
            name: self._templated(host, raw)
            for name, raw in self.variables(host).items()
            if name.startswith("ansible_") and name != "ansible_facts"
        }
        return reached(host, ours, f"{inventory}: {host}")
