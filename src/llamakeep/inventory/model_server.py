"""A server of models, as those see it who have to do with models: how it loads them, whatever program it is."""

from collections.abc import Callable, Iterator
from typing import Literal

from llamakeep.inventory.door import Door
from llamakeep.inventory.wanted import Wanted
from llamakeep.record import Record


class Loading(Record):
    """How a server loads models into the memory of its host."""

    context_length: int = 8192  # tokens for each request
    parallel: int = 1  # requests at a time
    max_loaded: int = 0  # models at a time; 0: the server decides
    cache_type: Literal["f16", "q8_0", "q4_0"] = "f16"
    flash_attention: bool | None = None  # None: the server decides
    spread: bool = False  # every model over all GPUs
    visible: tuple[str, ...] | None = None  # GPUs that it may see, by UUID or index; None: all
    memory_limit: str = "infinity"  # of the host's memory, as systemd's MemoryMax= takes it: "48G", "95%"


class ModelServer(Loading, Wanted):
    """A service that loads models into the memory of its host."""

    store: str  # path of the models on the host
    door: Door
    require_accelerator: Literal["any", "nvidia", "amd", "apple", "none"] = "any"

    def smaller_cache(self, _where: Callable[[str], str]) -> Iterator[str]:
        """Return which of its settings make the cache of a model smaller; `where` says where a setting stands."""
        return iter(())
