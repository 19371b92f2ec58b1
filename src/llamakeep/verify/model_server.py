"""A server of models, as those claims see it that are about models."""

from abc import abstractmethod

from llamakeep.lock.lock import LockedModel
from llamakeep.record import Record
from llamakeep.verify.verified import ManagedHost


class ListedModel(Record):
    """A model as the server lists it."""

    name: str
    digest: str
    capabilities: tuple[str, ...]


class ModelServerHost(ManagedHost):
    """One host that serves models, by whatever program."""

    @abstractmethod
    def listed(self, model: LockedModel) -> ListedModel | None:
        """Return a model as the server lists it; None where it does not."""
