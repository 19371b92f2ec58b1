"""Bringing what a store lacks: blobs first, several at a time, each model's manifest when it is whole."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt, space
from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from ansible_collections.llamakeep.fleet.plugins.module_utils.manifest import Blob, Model
from ansible_collections.llamakeep.fleet.plugins.module_utils.meter import Meter
from ansible_collections.llamakeep.fleet.plugins.module_utils.partial import DiskFull, Partial, Stopped
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals
from ansible_collections.llamakeep.fleet.plugins.module_utils.sources import Source, Unavailable, bring
from ansible_collections.llamakeep.fleet.plugins.module_utils.store import PRESENT
from ansible_collections.llamakeep.fleet.plugins.module_utils.survey import Survey


class Delivery:
    """One run over the blobs that a survey found to be missing; done with the rights of the store's owner."""

    def __init__(self, survey: Survey, streams: int, timeout: float, meter: Meter) -> None:
        """Take what is missing, how many blobs come at a time, and the seconds of silence that end a source."""
        self.received = 0
        self.resumed = 0
        self.brought: list[str] = []  # names of the models that have become whole
        self._survey = survey
        self._store = survey.store
        self._streams = streams
        self._timeout = timeout
        self._meter = meter
        self._coming: dict[Blob, str] = {}  # what is on its way right now, and from where
        self._counting = threading.Lock()
        self._full = threading.Event()
        self._unfinished = [model.name for model in survey.models if survey.state(model) != "present"]
        self._failed: dict[str, Exception] = {}  # sha256 -> why

    def run(self) -> None:
        """Bring every blob that can be had and enter every model that is whole, then refuse if any is not."""
        missing = self._survey.to_fetch()
        self._meter.begin(sum(blob.size for blob in missing))
        self._enter_whole_models()
        with ThreadPoolExecutor(self._streams) as pool:
            coming = {pool.submit(self._bring, blob): blob for blob in missing}
            for done in as_completed(coming):
                self._note(done, coming[done])
                self._enter_whole_models()
        if self._failed:
            raise Refusals(self._refusals())
        self._store.sweep()

    def _bring(self, blob: Blob) -> None:
        sources = [
            Source(base, f"{base}/v2/{one.path}/blobs/sha256:{blob.sha256}")
            for one in self._models_with(blob)
            for base in one.sources
        ]
        with Partial(self._store.partial(blob.sha256), self._meter.add, self._is_stopped) as partial:
            try:
                bring(
                    partial,
                    blob.sha256,
                    blob.size,
                    list(dict.fromkeys(sources)),
                    self._timeout,
                    lambda source: self._tell(blob, source),
                )
            finally:
                self._tell(blob, "")
                with self._counting:
                    self.received += partial.received
                    self.resumed += partial.resumed
            partial.settle(0o644)
            os.replace(partial.path, self._store.blob(blob.sha256))

    def _tell(self, blob: Blob, source: str) -> None:
        """Let the meter say which model is next to be whole, of those that have a blob on its way."""
        with self._counting:
            self._coming[blob] = source
            for model in self._survey.models:
                for one in model.blobs:
                    if self._coming.get(one):
                        self._meter.at(model.name, self._coming[one])
                        return

    def _is_stopped(self) -> bool:
        return self._full.is_set() or self._meter.is_left_alone()

    def _note(self, done: Future[None], blob: Blob) -> None:
        error = done.exception()
        if error is None:
            self._survey.states[blob.sha256] = PRESENT
            return
        if not isinstance(error, (Unavailable, DiskFull, Stopped, OSError)):
            raise error
        if isinstance(error, DiskFull):
            self._full.set()
        self._failed[blob.sha256] = error

    def _enter_whole_models(self) -> None:
        for model in self._survey.models:
            if model.name in self._unfinished and not self._survey.to_fetch([model]):
                if self._survey.held[model.name] != model.digest:
                    self._store.enter(model)
                    self._survey.held[model.name] = model.digest
                self._unfinished.remove(model.name)
                self.brought.append(model.name)

    def _models_with(self, blob: Blob) -> list[Model]:
        return [model for model in self._survey.models if blob in model.blobs]

    def _refusals(self) -> list[Refusal]:
        """Tell what could not be brought; blobs that failed for one and the same reason are told together."""
        alike: dict[str, list[Blob]] = {}
        for sha256, error in self._failed.items():
            reason = "stopped" if isinstance(error, Stopped) else type(error).__name__ + str(error)
            alike.setdefault(reason, []).append(self._survey.blobs[sha256])
        if self._full.is_set():
            alike.pop("stopped", None)
        return [self._refusal(blobs) for blobs in alike.values()]

    def _refusal(self, blobs: list[Blob]) -> Refusal:
        names = ", ".join(dict.fromkeys(model.name for blob in blobs for model in self._models_with(blob)))
        what = f"blob sha256:{blobs[0].sha256[:12]}" if len(blobs) == 1 else f"{len(blobs)} blobs"
        what = f"{what} ({readable(sum(blob.size for blob in blobs))})"
        error = self._failed[blobs[0].sha256]
        kept = sum(self._kept(blob) for blob in self._survey.to_fetch())
        rest = f"{readable(kept)} ({kept} bytes) are kept in {self._store.path}; the next run goes on from there"
        if isinstance(error, Unavailable):
            said = "".join(f"\n  {source} said: {words}" for source, words in error.said.items())
            remedy = "see to the source, or name another one in ollama_models_sources, and run again"
            return Refusal(names, f"{what} could not be had{said}\n  {rest}", id="blob-unavailable", remedy=remedy)
        if isinstance(error, DiskFull):
            left = f"less than {readable(space.RESERVE)} are left on this disk"
            found = f"{left}, before {what} of {names} was whole\n  {rest}"
            return Refusal(self._store.path, found, id="disk-full", remedy="make room there and run again")
        if isinstance(error, Stopped):
            found = f"{what}: stopped, as nobody waits for it any more\n  {rest}"
            return Refusal(names, found, id="download-stopped", remedy="run again")
        return Refusal(
            names, f"{what}: {error}\n  {rest}", id="download-failed", remedy="see to what is said above, and run again"
        )

    def _kept(self, blob: Blob) -> int:
        try:
            return os.stat(self._store.partial(blob.sha256)).st_size
        except OSError:
            return 0


def record(survey: Survey, store: str, owner: str) -> None:
    """Enter every model that is whole into this host's receipt, each blob with the stamp that it has now."""
    whole = [model for model in survey.models if survey.state(model) == "present"]
    receipt.record(
        "ollama_models",
        {
            "store": store,
            "owner": owner,
            "models": [
                {
                    "name": model.name,
                    "digest": model.digest,
                    "manifest_path": survey.store.manifest(model),
                    "blobs": [
                        {
                            "digest": blob.sha256,
                            "size": blob.size,
                            "stamp": receipt.stamp(survey.store.blob(blob.sha256)),
                        }
                        for blob in model.blobs
                    ],
                }
                for model in whole
            ],
        },
    )
