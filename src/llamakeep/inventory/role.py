"""What a role of ours makes of a host's settings, and what it refuses of them: read from the role's own files.

Only the worker process imports this. The files are the ones that a play reads, so that nothing is reckoned twice.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.refused import from_arguments

from llamakeep.errors import Refusal
from llamakeep.inventory.alike import Alike, of_task

_REFUSE = "llamakeep.fleet.refuse"


class Role:
    """One role: its variables, and the refusals of its `tasks/preflight*.yml`."""

    def __init__(self, folder: Path, loader: DataLoader) -> None:
        """Read the files of the role in `folder`."""
        self._folder, self._loader = folder, loader
        self._vars: dict[str, Any] = {}
        for path in sorted([*folder.glob("vars/main.yml"), *folder.glob("vars/main/*.yml")]):
            self._vars |= self._read(path) or {}
        tasks = [task for path in sorted(folder.glob("tasks/preflight*.yml")) for task in self._read(path) or ()]
        self._refusing = [task for task in tasks if _REFUSE in task]
        self._values: Alike[Any] = Alike()
        self._refusals: Alike[list[Refusal]] = Alike()

    def _read(self, path: Path) -> Any:
        return self._loader.load_from_file(str(path), unsafe=True, trusted_as_template=True)

    def has(self, name: str) -> bool:
        """Tell whether it has a variable of that name."""
        return name in self._vars

    def value(self, sight: dict[str, Any], expression: str) -> Any:
        """Return what an expression is for a host whose variables are `sight`; raises AnsibleError."""
        return self._values.answer(
            expression,
            self._sight(sight),
            lambda: self._templar(sight).evaluate_expression(trust_as_template(expression)),
        )

    def refusals(self, sight: dict[str, Any]) -> Iterator[Refusal]:
        """Return what the role would say no with; a question that only the host can answer is left to the play.

        >>> [Refusal("open_webui_data", "… cannot stand there", expected="…", remedy="…", id="value-malformed")]
        """
        for task in self._refusing:
            yield from self._refusals.answer(of_task(task), self._sight(sight), partial(self._all_of, task, sight))

    def _all_of(self, task: dict[str, Any], sight: dict[str, Any]) -> list[Refusal]:
        own = {**sight, **(task.get("vars") or {})}
        return [one for item in self._items(task, own) for one in self._refused(task, {**own, **item})]

    def _items(self, task: dict[str, Any], sight: dict[str, Any]) -> list[dict[str, Any]]:
        if "loop" not in task:
            return [{}]
        try:
            return [{"item": item} for item in self._templar(sight).template(task["loop"])]
        except (AnsibleError, TypeError):
            return []

    def _refused(self, task: dict[str, Any], sight: dict[str, Any]) -> list[Refusal]:
        """Return what a task refuses whose conditions all hold; nothing where one does not, or cannot be known here."""
        templar = self._templar(sight)
        conditions = task.get("when", True)
        try:
            for condition in conditions if isinstance(conditions, list) else [conditions]:
                if not templar.evaluate_conditional(condition):
                    return []
            refused = from_arguments(templar.template(task[_REFUSE]))
        except AnsibleError:
            return []
        return [Refusal(one.place, one.found, expected=one.expected, remedy=one.remedy, id=one.id) for one in refused]

    def _templar(self, sight: dict[str, Any]) -> Templar:
        return Templar(loader=self._loader, variables=self._sight(sight))

    def _sight(self, sight: dict[str, Any]) -> dict[str, Any]:
        places = {"role_path": str(self._folder), "ansible_search_path": [str(self._folder)]}
        # As in a check, so that no lookup leaves anything behind.
        return {**self._vars, **sight, **places, "ansible_check_mode": True}
