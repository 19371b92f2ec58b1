"""Models: what is served is what the lock names, down to the last byte."""

from llamakeep.lock.lock import LockedModel
from llamakeep.services.ollama_models.planned.changes import DRIFTS
from llamakeep.verify.claim import claim
from llamakeep.verify.model_server import ModelServerHost


@claim("model-digest-wrong", "{model} is served with the locked digest")
def test_model_is_served(llm_host: ModelServerHost, model: LockedModel) -> None:
    listed = llm_host.listed(model)
    assert listed is not None, f"the server does not list {model.name}"
    assert listed.digest == model.digest, (
        f"{model.name} has the digest {listed.digest[:12]}; expected: {model.digest[:12]}"
    )


@claim("model-content-changed", "the content of {model} is what its digests say")
def test_content_is_whole(llm_host: ModelServerHost, model: LockedModel) -> None:
    recorded = llm_host.receipt.managed.get("ollama_models", {}).get("models", [])
    assert any(each.get("name") == model.name for each in recorded), f"the receipt does not know {model.name}"
    drift = [each for each in llm_host.drift if each.kind in DRIFTS and _speaks_of(each.name, model)]
    assert not drift, "; ".join(f"{each.name}: {each.found}" for each in drift)


def _speaks_of(name: str, model: LockedModel) -> bool:
    """Whether a drift's name is of this model: "mistral:7b sha256:…", or the path of its manifest."""
    repository, _, tag = model.name.partition(":")
    return model.name in name.split() or name.endswith(f"/{repository}/{tag}")
