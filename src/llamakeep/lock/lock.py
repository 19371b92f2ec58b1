"""The lock: every artefact and every model, resolved to digests and sizes."""

from typing import Annotated

from pydantic import Field

from llamakeep.record import Record

Count = Annotated[int, Field(strict=True, ge=0, le=1 << 56)]  # the lock is a file that people can edit


class Archive(Record):
    """One release archive for one platform, such as `linux-amd64`."""

    url: str
    sha256: str
    size: int = 0  # bytes; 0: not known


class Dimensions(Record):
    """What a memory estimate needs of a model, read from the header and the tensor list of its GGUF file.

    Elements are counted, not bytes: the type of the KV cache is chosen by the server.
    """

    architecture: str  # "llama", "gemma3", as the header names it
    context: Count  # tokens that it was trained for
    blocks: Count  # layers, without the output
    embedding: Count  # width
    feed_forward: Count  # width in use per token: of a mixture of experts those used, times their width
    heads: Count  # the most of any layer
    heads_kv: Count  # what the server's own forecast takes: the least of any layer, and 1 where that is none
    vocabulary: Count  # tokens
    kv: Count = 0  # elements of K and V per token, summed over the layers that keep the whole context
    kv_window: Count = 0  # the same, summed over the layers that keep a window of it
    window: Count = 0  # tokens of that window
    recurrent: Count = 0  # bytes of state per slot that no context makes grow (hybrid models)
    encoder: bool = False  # an embedding model: every row is put out; `kv` is 0 where it keeps no cache
    file: Count = 0  # bytes of the GGUF file
    embedding_bytes: Count = 0  # bytes of the token embedding
    tied: bool = False  # there is no output matrix: the embedding serves as one
    output_bytes: Count = 0  # bytes of the output matrix, or of the embedding that serves as one
    block_bytes: Count = 0  # bytes of the largest layer
    expert_bytes: Count = 0  # bytes of all experts' tensors
    experts_used: Count = 0  # experts that work on each token; 0: none, or not known
    vision_bytes: Count = 0  # bytes of vision and audio tensors inside the file
    projector: Count = 0  # bytes of the projector's own file
    num_ctx: Count = 0  # context that the model's own parameters ask for; 0: none
    num_batch: Count = 0  # batch that they ask for; 0: none
    known: bool = True  # False: an architecture of which nobody here knows how it keeps its cache


class LockedModel(Record):
    """One model as content: the exact bytes of its manifest name every blob by sha256."""

    name: str  # canonical, with its tag: "mistral:7b", "someone/model:latest"
    registry: str  # base URL that serves /v2/<path>/blobs/…
    path: str  # "library/mistral"
    digest: str  # sha256 (hex) of the manifest's bytes: what /api/tags shows
    size: int  # bytes of all blobs together
    manifest: str  # the manifest itself, byte for byte
    dimensions: Dimensions | None = None  # None: a lock of before, or no GGUF file; `llamakeep lock` fills it in


class Lock(Record):
    """`llamakeep.lock` beside the inventory, laid over the releases that the kit ships."""

    format: int = 1
    ollama: dict[str, dict[str, Archive]] = {}  # version -> platform -> archive
    models: dict[str, LockedModel] = {}  # canonical name -> model
