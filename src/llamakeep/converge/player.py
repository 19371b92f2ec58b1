"""ansible-runner on some hosts of an inventory, in a folder that goes away with everything it holds."""

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llamakeep import collection
from llamakeep.converge.events import Events
from llamakeep.converge.log import Failure
from llamakeep.converge.settings import environment
from llamakeep.errors import Refusal

_TICK = 0.5  # seconds between two looks at the transfers
_LEFT_OUT = "__ollama_models_left_out"

LeftOut = Mapping[str, tuple[str, ...]]  # host -> models that it is not given, by their canonical names


@dataclass(frozen=True)
class Play:
    """A playbook, and the hosts that it is for."""

    inventory: str
    hosts: tuple[str, ...]
    playbook: str  # its name in the collection, or a path
    is_check: bool = False  # Ansible's --check --diff: every host stays as it is
    left_out: LeftOut | None = None
    ttys: tuple[str, ...] = ()  # hosts on which whom we become insists on a terminal: nothing is piped to it

    def perform(self, work: Path, events: Events, tick: Callable[[], None]) -> None:
        """Run it with `work` as its folder; `tick` is called twice a second.

        Raises Refusal where no task reached any host; other failures are entered in `events`.
        """
        import ansible_runner  # many packages, for this alone

        (work / "progress").mkdir(exist_ok=True)
        # ansible-playbook is the one of our own environment, whatever stands first in PATH.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        thread, runner = ansible_runner.run_async(
            private_data_dir=str(work),
            project_dir=str(Path.cwd()),  # where the operator stands: ansible.cfg may name files from there
            playbook=str(collection.root() / "playbooks" / self.playbook),
            inventory=str(Path(self.inventory).resolve()),
            cmdline=" ".join(self._words(work)),
            envvars={**environment(work / "progress", hosts=len(self.hosts), is_check=self.is_check), "PATH": path},
            event_handler=events.take,
            quiet=True,
            settings={"idle_timeout": 0, "suppress_env_files": True},
        )
        _watch(thread, runner, tick)
        code = int(runner.rc if runner.rc is not None else 1)
        _refuse_what_never_began(self.inventory, code, events)
        _fail_what_never_ended(code, events)

    def _words(self, work: Path) -> list[str]:
        """Return the options of ansible-playbook; what may be long goes by a file."""
        limit = work / "hosts"
        limit.write_text("\n".join(self.hosts) + "\n", encoding="utf-8")
        words = ["--limit", f"@{limit}", *self._second_inventory(work)]
        if self.is_check:
            words += ["--check", "--diff"]
        if given := self._variables():
            variables = work / "variables.json"
            variables.write_text(json.dumps(given), encoding="utf-8")
            words += ["--extra-vars", f"@{variables}"]
        return words

    def _variables(self) -> dict[str, Any]:
        """Return what the inventory does not know, and the playbook should."""
        found: dict[str, Any] = {}
        if left_out := {host: list(names) for host, names in (self.left_out or {}).items() if names}:
            found[_LEFT_OUT] = left_out
        return found

    def _second_inventory(self, work: Path) -> list[str]:
        """Return the option that adds what the inventory does not know of single hosts; its own word goes before."""
        if not self.ttys:
            return []
        path = work / "ttys.json"
        hosts = {name: {"ansible_pipelining": False} for name in self.ttys}
        path.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
        return ["--inventory", str(path)]


def _watch(thread: threading.Thread, runner: Any, tick: Callable[[], None]) -> None:
    """Show what is under way until the playbook ends; a stop by hand ends the playbook first."""
    try:
        while thread.is_alive():
            tick()
            thread.join(_TICK)
    except KeyboardInterrupt:
        runner.cancel_callback = lambda: True
        thread.join(30)
        raise


def _refuse_what_never_began(inventory: str, code: int, events: Events) -> None:
    """Refuse a run in which no task reached any host and Ansible says that it failed."""
    began = any(host.task or host.failure for host in events.hosts.values())
    if code != 0 and not began:
        said = "\n".join(line for line in events.said if line.strip()).strip()
        raise Refusal(
            inventory,
            f"Ansible could not begin (exit code {code})\n{said}".strip(),
            id="ansible-did-not-start",
            remedy="llamakeep show -i … says whether the inventory is right",
        )


def _fail_what_never_ended(code: int, events: Events) -> None:
    """Enter a failure for each host short of the end where Ansible failed and no host says why."""
    if code == 0 or any(host.failure for host in events.hosts.values()):
        return
    last = next((line.strip() for line in reversed(events.said) if line.strip()), "")
    message = f"Ansible ended with exit code {code} before it was done\n{last}".strip()
    for host in events.hosts.values():
        if not host.ended:
            host.failure = Failure(task=host.task, message=message)
