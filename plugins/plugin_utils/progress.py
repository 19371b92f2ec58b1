"""How far a long module is on its host, read over a connection of its own while the module runs."""

from __future__ import annotations

import copy
import json
import os
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_BETWEEN_LINES = 10.0
_FAILURES_IN_A_ROW = 3


class WatchedAction(ActionBase):
    """Runs the module of its own name; what the module says of its progress is passed on to the operator.

    With `LLAMAKEEP_PROGRESS=FOLDER` in the environment it goes to `FOLDER/<host>.json`, else every ten seconds
    a line is printed. Whatever goes wrong with watching, the module's result stands.
    """

    stage = ""  # the module's name

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module, and watch it unless it only looks."""
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        job = uuid.uuid4().hex
        try:
            arguments = {**self.arguments(variables), "job": job}
        except Refusal as refusal:
            return {**result, "failed": True, "msg": str(refusal)}
        watch = Watch(self._connection, self.stage, job, variables.get("inventory_hostname", ""))
        if not self._task.check_mode:
            watch.start()
        try:
            name = f"llamakeep.fleet.{self.stage}"
            result.update(self._execute_module(module_name=name, module_args=arguments, task_vars=variables))
        finally:
            watch.stop()
        found: dict[str, Any] = result
        return found

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - for actions that make some
        """Return the module's arguments, as the task gives them."""
        return dict(self._task.args)


class Watch:
    """A thread that reads `/run/llamakeep/<stage>.json` once a second, until it is told to stop."""

    def __init__(self, connection: Any, stage: str, job: str, host: str) -> None:
        """Take the connection that the module uses: the watch works on a copy of it."""
        self._connection = copy.copy(connection)
        self._command = f"cat /run/llamakeep/{stage}.json"
        self._stage = stage
        self._job = job
        self._host = host
        folder = os.environ.get("LLAMAKEEP_PROGRESS", "")
        self._file = Path(folder) / f"{host.replace('/', '_')}.json" if folder else None
        self._printed = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; nothing of the progress is left behind."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        if self._file:
            self._file.unlink(missing_ok=True)

    def _watch(self) -> None:
        # A module that has nothing to do is over before anyone looks.
        failures, pause = 0, 2 * _SECONDS_BETWEEN_LOOKS
        while failures < _FAILURES_IN_A_ROW and not self._over.wait(pause):
            began = time.monotonic()
            try:
                self._pass_on(self._look())
                failures = 0
            except Exception:  # noqa: BLE001 - a module must not fail because nobody could watch it
                failures += 1
            # A slow connection is looked over less often: watching stays cheaper than what is watched.
            pause = max(_SECONDS_BETWEEN_LOOKS, 5 * (time.monotonic() - began))

    def _look(self) -> dict[str, Any] | None:
        """Return what the module of this very run says; None: nothing, or nothing yet."""
        code, said, _errors = self._connection.exec_command(self._command, sudoable=False)
        try:
            seen = json.loads(said) if code == 0 else None
        except ValueError:
            return None
        if not isinstance(seen, dict) or seen.pop("job", None) != self._job:
            return None
        return {"host": self._host, **seen}

    def _pass_on(self, seen: dict[str, Any] | None) -> None:
        if seen is None or self._over.is_set():
            return
        if self._file:
            staged = self._file.with_name(f".{self._file.name}.part")
            staged.write_text(json.dumps(seen))
            staged.replace(self._file)
            # The module may have ended meanwhile: what was taken away by then must not come back.
            if self._over.is_set():
                self._file.unlink(missing_ok=True)
        elif time.monotonic() - self._printed >= _SECONDS_BETWEEN_LINES:
            Display().display(line(seen))
            self._printed = time.monotonic()


def line(seen: dict[str, Any]) -> str:
    """Return progress as one line for people.

    >>> line({"host": "gpu03", "stage": "models", "what": "mistral:7b", "done": 61, "total": 100, "rate": 5,
    ...       "source": "http://registry1:5000"})
    'gpu03  models  mistral:7b  61 %  5 B/s  7 s left  from http://registry1:5000'
    """
    parts = [seen["host"], seen["stage"], seen["what"]]
    if seen["total"]:
        parts.append(f"{100 * seen['done'] // seen['total']} %")
    if seen["rate"]:
        parts.append(f"{readable(seen['rate'])}/s")
        left = (seen["total"] - seen["done"]) // seen["rate"]
        parts += [f"{left} s left"] if left > 0 else []
    parts += [f"from {seen['source']}"] if seen["source"] else []
    return "  ".join(parts)
