"""What a receipt keeps of a host's inputs, by the collection's rule; what is secret in them stays concealed."""

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import inputs as rule

from llamakeep.inventory.concealed import reveal


def recorded(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs as the action plugin `receipt` keeps them.

    >>> recorded({"ollama_models_names": [{"name": "mistral:7b", "on_misfit": "skip"}], "ollama_minimum_vram": "8 GB"})
    {'ollama_models_names': ['mistral:7b']}
    """
    kept = {name: value for name, value in inputs.items() if name not in rule.POLICY}
    # The root of the internal CA is made by the first converge: before it there is nothing to compare.
    if not kept.get("fleet:root", "there is none"):
        del kept["fleet:root"]
    if not kept.get("fleet:tls", {"roots": "there is none"}).get("roots"):
        del kept["fleet:tls"]
    return {**kept, **rule.stand_ins(reveal(kept))}
