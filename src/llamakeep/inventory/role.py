"""What a role of ours makes of a host's settings, and what it refuses of them: read from the role's own files.

Only the worker process imports this. The files are the ones that a play reads, so that nothing is reckoned twice.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

_FAIL = ("ansible.builtin.fail", "fail")


class Role:
    """One role: its variables, and the refusals of its `tasks/preflight*.yml`."""

    def __init__(self, folder: Path, loader: DataLoader) -> None:
        """Read the files of the role in `folder`."""
        self._folder, self._loader = folder, loader
        self._vars: dict[str, Any] = {}
        for path in sorted([*folder.glob("vars/main.yml"), *folder.glob("vars/main/*.yml")]):
            self._vars |= self._read(path) or {}
        tasks = [task for path in sorted(folder.glob("tasks/preflight*.yml")) for task in self._read(path) or ()]
        self._fails = [task for task in tasks if any(name in task for name in _FAIL)]

    def _read(self, path: Path) -> Any:
        return self._loader.load_from_file(str(path), unsafe=True, trusted_as_template=True)

    def value(self, sight: dict[str, Any], expression: str) -> Any:
        """Return what an expression is for a host whose variables are `sight`; raises AnsibleError."""
        return self._templar(sight).evaluate_expression(trust_as_template(expression))

    def refusals(self, sight: dict[str, Any]) -> Iterator[str]:
        r"""Return what the role would say no with; a question that only the host can answer is left to the play.

        >>> ["open_webui_data: … cannot stand there\n  expected: …\n  → choose another one"]
        """
        for task in self._fails:
            own = {**sight, **(task.get("vars") or {})}
            for item in self._items(task, own):
                said = self._said(task, {**own, **item})
                if said is not None:
                    yield said

    def _items(self, task: dict[str, Any], sight: dict[str, Any]) -> list[dict[str, Any]]:
        if "loop" not in task:
            return [{}]
        try:
            return [{"item": item} for item in self._templar(sight).template(task["loop"])]
        except (AnsibleError, TypeError):
            return []

    def _said(self, task: dict[str, Any], sight: dict[str, Any]) -> str | None:
        """Return the message of a task whose conditions all hold; None where one does not, or cannot be known here."""
        templar = self._templar(sight)
        conditions = task.get("when", True)
        try:
            for condition in conditions if isinstance(conditions, list) else [conditions]:
                if not templar.evaluate_conditional(condition):
                    return None
            message = next(task[name] for name in _FAIL if name in task)["msg"]
            return str(templar.template(message))
        except AnsibleError:
            return None

    def _templar(self, sight: dict[str, Any]) -> Templar:
        places = {"role_path": str(self._folder), "ansible_search_path": [str(self._folder)]}
        # As in a check, so that no lookup leaves anything behind.
        return Templar(loader=self._loader, variables={**self._vars, **sight, **places, "ansible_check_mode": True})
