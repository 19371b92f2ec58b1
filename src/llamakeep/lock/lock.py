"""The lock: every artefact and every model, resolved to digests and sizes."""

from llamakeep.record import Record


class Archive(Record):
    """One release archive for one platform, such as `linux-amd64`."""

    url: str
    sha256: str
    size: int = 0  # bytes; 0: not known


class LockedModel(Record):
    """One model as content: the exact bytes of its manifest name every blob by sha256."""

    name: str  # canonical, with its tag: "mistral:7b", "someone/model:latest"
    registry: str  # base URL that serves /v2/<path>/blobs/…
    path: str  # "library/mistral"
    digest: str  # sha256 (hex) of the manifest's bytes: what /api/tags shows
    size: int  # bytes of all blobs together
    manifest: str  # the manifest itself, byte for byte


class Lock(Record):
    """`llamakeep.lock` beside the inventory, laid over the releases that the kit ships."""

    format: int = 1
    ollama: dict[str, dict[str, Archive]] = {}  # version -> platform -> archive
    models: dict[str, LockedModel] = {}  # canonical name -> model
