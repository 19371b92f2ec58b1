"""A host whose Ollama is of a release that this kit has not met: whatever it did there might lose models."""

from collections.abc import Iterator

from llamakeep.lock.releases import KnownRelease, newest_known
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.plan import Finding
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.vulnerability import ordered

# Names of models that only a later release reads: an older server would not list them, and delete their blobs.
_LATER_TREE = "manifests-v2"


def unknown_release(seen: HostFacts) -> Iterator[Finding]:
    """Refuse a host on which a release runs, or has kept its models, that this kit was not held against."""
    server = seen.service(SeenOllama)
    if server is None:
        return
    known = newest_known()
    for found in _found(server, known):
        yield Finding(
            id="release-unknown",
            severity="blocking",
            found=f"{found}: this kit has not met such a release, and an older one would lose sight of its models",
            expected=f"a release below {known.below} (the newest known is {known.release}, as of {known.written})",
            remedy="install a llamakeep that knows it; until then take the host out of llm_hosts",
        )


def _found(server: SeenOllama, known: KnownRelease) -> Iterator[str]:
    """Return what on a host comes from a later release."""
    release, bound = ordered(server.version or ""), ordered(known.below)
    # A candidate of the bound is as unknown as the bound: the numbers alone count.
    if release is not None and bound is not None and release[0] >= bound[0]:
        yield f"ollama {server.version} runs on the host"
    elif _LATER_TREE in server.trees:
        yield f"the store holds models in {_LATER_TREE}, as ollama 0.40 and later keep them"
