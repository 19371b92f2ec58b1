"""Which models are loaded, how long they stay, and who waits for one."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import durations, journal
from .gguf import Header
from .model import Model
from .runner import EngineError, Runner, program
from .settings import Settings

_DEFAULT_LOADED = 3
_BUFFERS = 16 * 1024 * 1024  # bytes that a context needs beside weights and KV cache, roughly


class BusyError(Exception):
    """Too many requests wait already."""

    def __init__(self) -> None:
        super().__init__("server busy, please try again.  maximum pending requests exceeded")


@dataclass
class Loaded:
    """One model in memory; `users` requests hold it, and it goes at `expires` when none does."""

    model: Model
    context: int
    expires: float = 0.0  # seconds since the epoch
    keep_alive: float = 0.0  # seconds
    users: int = 0
    runner: Runner | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def size(self) -> int:
        """Bytes of memory, estimated: weights, KV cache in f16, buffers."""
        weights = self.model.weights.stat().st_size if self.model.weights else 0
        return weights + _kv_cache(self.model.header, self.context) + _BUFFERS


class Engine:
    """Loads models when they are asked for and unloads them when their time is over."""

    def __init__(self, settings: Settings, child: Path | None = None) -> None:
        """Take the limits from the settings; `child` is the llama-server to run."""
        self._settings = settings
        self._child = child or program()
        self._loaded: dict[str, Loaded] = {}
        self._changed = threading.Condition()
        self._pending = 0
        threading.Thread(target=self._expire, daemon=True).start()

    def loaded(self) -> list[Loaded]:
        """Return what is in memory, the longest-lived first."""
        with self._changed:
            entries = [entry for entry in self._loaded.values() if entry.runner]
        return sorted(entries, key=lambda entry: -entry.expires)

    @contextlib.contextmanager
    def use(self, model: Model, context: int, keep_alive: float | None) -> Iterator[Runner]:
        """Hold a model in memory for one request; it stays for keep_alive seconds after it."""
        entry = self._enter(model, context)
        entry.keep_alive = self._settings.keep_alive if keep_alive is None else keep_alive
        entry.expires = time.time() + entry.keep_alive
        try:
            with entry.lock:
                if entry.runner is None or not entry.runner.alive:
                    entry.runner = self._start(model, context)
            yield entry.runner
        finally:
            self._leave(entry)

    def unload(self, model: Model) -> None:
        """Let a model go as soon as nobody holds it."""
        with self._changed:
            entry = self._loaded.get(model.manifest.digest)
            if entry:
                entry.keep_alive, entry.expires = 0.0, 0.0
                self._drop_if_idle(entry)

    def close(self) -> None:
        """End every child."""
        with self._changed:
            for entry in list(self._loaded.values()):
                if entry.runner:
                    entry.runner.stop()
            self._loaded.clear()

    def _start(self, model: Model, context: int) -> Runner:
        if model.weights is None or not model.weights.is_file():
            raise EngineError(f"unable to load model: {model.weights}: no such file")
        began = time.monotonic()
        runner = Runner(self._child, model.weights, context, self._settings.load_timeout)
        took = durations.form(time.monotonic() - began)
        journal.log("INFO", "llama-server started", model=model.name.short(), took=took)
        return runner

    def _enter(self, model: Model, context: int) -> Loaded:
        key = model.manifest.digest
        with self._changed:
            if self._pending >= self._settings.max_queue:
                raise BusyError
            self._pending += 1
            try:
                while True:
                    entry = self._loaded.get(key)
                    if entry and entry.context != context and not entry.users:
                        self._drop_if_idle(entry, expired=True)
                        entry = None
                    if entry and entry.context == context:
                        break
                    if entry is None and self._make_room():
                        entry = self._loaded[key] = Loaded(model, context)
                        break
                    self._changed.wait(1.0)
                entry.model = model
                entry.users += 1
                return entry
            finally:
                self._pending -= 1

    def _leave(self, entry: Loaded) -> None:
        with self._changed:
            entry.users -= 1
            entry.expires = time.time() + entry.keep_alive
            if entry.runner is None:
                self._loaded.pop(entry.model.manifest.digest, None)
            self._drop_if_idle(entry)
            self._changed.notify_all()

    def _make_room(self) -> bool:
        limit = self._settings.max_loaded_models or _DEFAULT_LOADED
        idle = sorted((entry for entry in self._loaded.values() if not entry.users), key=lambda e: e.expires)
        while len(self._loaded) >= limit and idle:
            self._drop_if_idle(idle.pop(0), expired=True)
        return len(self._loaded) < limit

    def _drop_if_idle(self, entry: Loaded, *, expired: bool = False) -> None:
        if entry.users or not (expired or entry.expires <= time.time()):
            return
        self._loaded.pop(entry.model.manifest.digest, None)
        if entry.runner:
            entry.runner.stop()
        self._changed.notify_all()

    def _expire(self) -> None:
        with self._changed:
            while True:
                for entry in list(self._loaded.values()):
                    self._drop_if_idle(entry)
                waits = [e.expires - time.time() for e in self._loaded.values() if not e.users]
                self._changed.wait(min(max(min(waits, default=60.0), 0.05), 60.0))


def _kv_cache(header: Header | None, context: int) -> int:
    """Bytes of keys and values for a context, two bytes a number."""
    if header is None:
        return 0
    heads = header.number("attention.head_count", 1)
    width = header.number("embedding_length") // heads * header.number("attention.head_count_kv", heads)
    return 2 * 2 * header.number("block_count") * width * context
