"""What of the wanted models lies in the store, and what would have to come."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional

from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt, space
from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from ansible_collections.llamakeep.fleet.plugins.module_utils.manifest import Blob, Model
from ansible_collections.llamakeep.fleet.plugins.module_utils.meter import Meter
from ansible_collections.llamakeep.fleet.plugins.module_utils.owner import Owner
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusals
from ansible_collections.llamakeep.fleet.plugins.module_utils.store import DAMAGED, MISSING, PRESENT, Store

ROLE = "ollama_models"


class Survey:
    """One look at a store, which changes nothing."""

    def __init__(self, store: Store, models: list[Model]) -> None:
        """Take the store and what should be in it."""
        self.store = store
        self.models = models
        self.blobs: dict[str, Blob] = {blob.sha256: blob for model in models for blob in model.blobs}
        self.states: dict[str, str] = {}  # sha256 -> present, damaged, missing
        self.held: dict[str, Optional[str]] = {}  # model's name -> digest of the manifest at its place
        self.foreign: list[str] = []  # paths that are not the owner's
        # Read here, as root: the receipt is not for the store's owner.
        self._trusted = self._stamps_left()

    def look_at_owners(self, owner: Owner) -> None:
        """See what of all this belongs to someone else, such as root after a pull by hand."""
        folders = self.store.folders(self.models) if self.models else []
        files = [self.store.blob(sha256) for sha256 in self.blobs]
        files += [self.store.manifest(model) for model in self.models]
        there = [path for path in [*folders, *files] if os.path.lexists(path) and not os.path.islink(path)]
        self.foreign = [path for path in there if not owner.has(path)]

    def look_at_contents(self, streams: int, meter: Meter) -> None:
        """Hash every blob that was touched since this role left it, several at a time."""
        meter.begin(sum(blob.size for blob in self.blobs.values()))
        meter.at("looking at the blobs here")

        def look(blob: Blob) -> str:
            return self.store.look(blob, self._trusted.get(blob.sha256), meter.add)

        with ThreadPoolExecutor(streams) as pool:
            self.states = dict(zip(self.blobs, pool.map(look, self.blobs.values())))  # noqa: B905 - Python 3.9
        self.held = {model.name: self.store.holds(model) for model in self.models}

    def _stamps_left(self) -> dict[str, list[Any]]:
        left = receipt.section(ROLE)
        if os.path.realpath(left.get("store", "")) != self.store.path:
            return {}
        return {blob["digest"]: blob["stamp"] for model in left["models"] for blob in model["blobs"]}

    def to_fetch(self, models: Optional[list[Model]] = None) -> list[Blob]:
        """Return the blobs that are not here, each once, in the order of the models."""
        wanted = {blob.sha256: blob for model in models or self.models for blob in model.blobs}
        return [blob for blob in wanted.values() if self.states[blob.sha256] != PRESENT]

    def refuse_if_too_large(self) -> None:
        """Refuse what does not fit on the store's disk; bytes of earlier runs are there already."""
        needs = [
            {
                "path": self.store.path,
                "bytes": sum(blob.size - self._kept(blob) for blob in self._first_in(model)),
                "why": model.name,
            }
            for model in self.models
        ]
        refusals = space.refusals(needs)
        if refusals:
            raise Refusals(refusals)

    def _first_in(self, model: Model) -> list[Blob]:
        """Return the blobs that come with a model, and not with one before it."""
        before = self.models[: self.models.index(model)]
        shared = {blob.sha256 for other in before for blob in other.blobs}
        return [blob for blob in self.to_fetch([model]) if blob.sha256 not in shared]

    def _kept(self, blob: Blob) -> int:
        try:
            return min(os.stat(self.store.partial(blob.sha256)).st_size, blob.size)
        except OSError:
            return 0

    def state(self, model: Model) -> str:
        """Return what a model is before anything is done: present, new, moved or damaged."""
        held = self.held[model.name]
        if held != model.digest:
            return "new" if held is None else "moved"
        return "damaged" if self.to_fetch([model]) else "present"

    @property
    def is_as_wanted(self) -> bool:
        """Whether nothing has to be done."""
        return not self.foreign and all(self.state(one) == "present" for one in self.models)

    def diff(self) -> str:
        """Return a line for every model that changes, for people.

        >>> print(survey.diff())
        + mistral:7b  4.1 GiB
        ~ llama2:7b  moves from 78e26419b446 to 1c0ffeec0de5, 1.2 GiB to fetch
        """
        lines = [self._line(model) for model in self.models if self.state(model) != "present"]
        lines += [f"~ {path}  given to the store's owner" for path in self.foreign]
        return "".join(f"{line}\n" for line in lines)

    def _line(self, model: Model) -> str:
        state = self.state(model)
        size = sum(blob.size for blob in self._first_in(model))
        fetched = f"{readable(size)} to fetch"
        if state == "new":
            return f"+ {model.name}  {readable(model.size)}" + (f", {fetched}" if size != model.size else "")
        held = self.held[model.name]
        if state == "moved" and held:
            return f"~ {model.name}  moves from {held[:12]} to {model.digest[:12]}, {fetched}"
        faults = {self.states[blob.sha256] for blob in self.to_fetch([model])} & {DAMAGED, MISSING}
        blobs = ", ".join(f"sha256:{blob.sha256[:12]}" for blob in self.to_fetch([model]))
        return f"~ {model.name}  {' and '.join(sorted(faults))}: {blobs}, {fetched}"
