"""What every record of a run shares: frozen, strict, and written as JSON."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A value that a stage returns; it can be printed, saved, tested and handed to the next stage."""

    model_config = ConfigDict(frozen=True, extra="forbid")
