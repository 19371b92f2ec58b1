"""Ansible, asked in a process of its own to read an inventory: its global state stays there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from llamakeep import collection
from llamakeep.errors import Refusal, refuse
from llamakeep.inventory.place import refuse_missing

# A short process: to look for what could be freed takes longer than it is worth.
_WORKER = "import gc; gc.disable(); from llamakeep.inventory.worker import main; main()"
_LIMIT = 300  # seconds; a dynamic inventory may ask a slow cloud


class Asked:
    """An inventory that is being read."""

    def __init__(self, inventory: str, limit: str | None, *, whole: bool) -> None:
        """Start the worker; `limit` and `whole` are those of its request. Raises Refusal where nothing can be read."""
        _refuse_unreadable(inventory)
        self._inventory = inventory
        roles = str(collection.root() / "roles")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if self._process.stdin is not None:
            json.dump({"inventory": inventory, "limit": limit, "roles": roles, "whole": whole}, self._process.stdin)
            self._process.stdin.close()
            self._process.stdin = None

    def answer(self) -> dict[str, Any]:
        """Return what the worker found; raise what it refused."""
        try:
            out, said = self._process.communicate(timeout=_LIMIT)
        except subprocess.TimeoutExpired as error:
            self.stop()
            raise Refusal(
                self._inventory, f"Ansible has not read the inventory after {_LIMIT} s", id="inventory-timed-out"
            ) from error
        except BaseException:
            self.stop()
            raise
        if self._process.returncode != 0 or not out:
            last = (said.strip().splitlines() or ["it said nothing"])[-1]
            raise Refusal(self._inventory, f"Ansible could not read the inventory: {last}", id="inventory-unreadable")
        answer: dict[str, Any] = json.loads(out)
        refuse(Refusal(**parts) for parts in answer.get("refusals", ()))
        return answer

    def stop(self) -> None:
        """End the worker where nobody waits for its answer any more."""
        self._process.kill()
        self._process.wait()


def _refuse_unreadable(inventory: str) -> None:
    path = Path(inventory)
    if "," in inventory:
        return  # a list of host names, as Ansible takes it
    refuse_missing(inventory)
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise Refusal(
            inventory,
            "the inventory cannot be read",
            id="inventory-unreadable",
            remedy=f"as its owner: chmod u+r {inventory}",
        )
