#!/usr/bin/python
"""Bring models into Ollama's store on this host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: models
short_description: Brings models into Ollama's store, blob by blob, verified by sha256
description:
  - A model is a manifest and the blobs that it names, all named by their sha256. What is missing of them is
    fetched from the first source that has it, resumed where an earlier run ended, verified, and moved into the
    store; the manifest comes last, so that Ollama lists a model only when all of it is there.
  - Ollama lists a new model at once; nothing is restarted. Models that are not listed here stay.
  - All work in the store is done with the rights of its owner, not root's.
options:
  store: {type: path, required: true, description: Ollama's folder of models (C(OLLAMA_MODELS))}
  owner: {type: str, required: true, description: User to whom everything in the store belongs}
  group: {type: str, required: true, description: Group of it}
  names:
    description: The models that should be there, as the lock beside the inventory names them; an item may be a
      mapping with C(name) and C(on_misfit), which only `llamakeep plan` heeds
    type: list
    elements: raw
  left_out:
    description: Names among O(names) that are left out on this host
    type: list
    elements: str
  sources:
    description: With O(names), base URLs that are tried before the registry that the lock names
    type: list
    elements: str
  models:
    description: Instead of O(names), the models in full; on the control node O(names) become these
    type: list
    elements: dict[str, Any]
    suboptions:
      name: {type: str, required: true, description: Canonical name with its tag, C(mistral:7b)}
      path: {type: str, required: true, description: Its path in a registry, C(library/mistral)}
      digest: {type: str, required: true, description: Sha256 (hex) of the manifest's bytes}
      manifest: {type: str, required: true, description: The manifest, byte for byte}
      sources:
        description: Base URLs under which C(/v2/<path>/blobs/sha256:<hex>) is answered, tried in order
        type: list
        elements: str
        required: true
  streams: {type: int, default: 4, description: Blobs that are fetched at a time}
  timeout: {type: float, default: 30, description: Seconds without a byte after which a source counts as dead}
  job: {type: str, default: "", description: Set by the action; marks this run's progress file}
attributes:
  check_mode: {support: full, description: Says which models and how many bytes would come}
  diff_mode: {support: full, description: One line a model}
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Install the models that the lock names
  llamakeep.fleet.models:
    store: /usr/share/ollama/.ollama/models
    owner: ollama
    group: ollama
    names: [mistral:7b]
    sources: ["http://192.0.2.10:5000"]
"""

RETURN = r"""
received: {type: int, returned: always, description: Bytes that came over the network}
resumed: {type: int, returned: always, description: Bytes of earlier, broken-off runs that were used}
models:
  type: list
  returned: always
  description: For each model its name, digest, state (present, brought, would come, failed) and bytes to fetch
refusals:
  description: What was refused, each with C(id), C(place), C(found), C(expected) and C(remedy).
  type: list
  elements: dict
  returned: on failure
"""

import contextlib
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.llamakeep.fleet.plugins.module_utils import manifest, receipt
from ansible_collections.llamakeep.fleet.plugins.module_utils.delivery import Delivery, record
from ansible_collections.llamakeep.fleet.plugins.module_utils.meter import Meter
from ansible_collections.llamakeep.fleet.plugins.module_utils.owner import UnknownOwner, named
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.module_utils.store import Store
from ansible_collections.llamakeep.fleet.plugins.module_utils.survey import Survey

_MODEL = {
    "name": {"type": "str", "required": True},
    "path": {"type": "str", "required": True},
    "digest": {"type": "str", "required": True},
    "manifest": {"type": "str", "required": True},
    "sources": {"type": "list", "elements": "str", "required": True},
}
_ARGUMENTS = {
    "store": {"type": "path", "required": True},
    "owner": {"type": "str", "required": True},
    "group": {"type": "str", "required": True},
    "models": {"type": "list", "elements": "dict", "required": True, "options": _MODEL},
    "streams": {"type": "int", "default": 4},
    "timeout": {"type": "float", "default": 30},
    "job": {"type": "str", "default": ""},
}


def main() -> None:
    """Look at what lies in the store, and bring the rest."""
    module = AnsibleModule(argument_spec=_ARGUMENTS, supports_check_mode=True)
    result = {"changed": False, "received": 0, "resumed": 0, "models": []}
    try:
        models = manifest.read_all(module.params["models"])
        with Meter("models", module.params["job"]) as meter:
            if module.check_mode:
                _foresee(module.params, models, meter, result)
            else:
                _apply(module.params, models, meter, result)
    except Refusal as refusal:
        module.fail_json(**refusal.failure, **result)
    except OSError as error:
        module.fail_json(msg=f"{error.filename or module.params['store']}: {error.strerror or error}", **result)
    module.exit_json(**result)


def _foresee(params: dict[str, Any], models: list[Any], meter: Meter, result: dict[str, Any]) -> None:
    """Say what would come; on a bare host neither the store nor its owner is there yet."""
    survey = Survey(Store(params["store"]), models)
    with contextlib.suppress(UnknownOwner):
        survey.look_at_owners(named(params["owner"], params["group"]))
    survey.look_at_contents(params["streams"], meter)
    _tell(survey, result, "would come")
    survey.refuse_if_too_large()


def _apply(params: dict[str, Any], models: list[Any], meter: Meter, result: dict[str, Any]) -> None:
    owner = named(params["owner"], params["group"])
    store = Store(params["store"])
    survey = Survey(store, models)
    survey.look_at_owners(owner)
    if survey.foreign:
        receipt.begin()
        for path in survey.foreign:
            owner.adopt(path)
    with owner.rights():
        survey.look_at_contents(params["streams"], meter)
    _tell(survey, result, "failed")
    if not all(survey.state(model) == "present" for model in models):
        survey.refuse_if_too_large()
        receipt.begin()
        store.prepare(store.folders(models), owner)
        delivery = Delivery(survey, params["streams"], params["timeout"], meter)
        try:
            with owner.rights():
                delivery.run()
        finally:
            result.update(received=delivery.received, resumed=delivery.resumed)
            for entry in result["models"]:
                if entry["name"] in delivery.brought:
                    entry["state"] = "brought"
            if delivery.brought:
                record(survey, params["store"], params["owner"])
    else:
        record(survey, params["store"], params["owner"])


def _tell(survey: Survey, result: dict[str, Any], unfinished: str) -> None:
    result["changed"] = not survey.is_as_wanted
    result["diff"] = {"prepared": survey.diff()}
    result["models"] = [
        {
            "name": model.name,
            "digest": model.digest,
            "state": "present" if survey.state(model) == "present" else unfinished,
            "to_fetch": sum(blob.size for blob in survey.to_fetch([model])),
        }
        for model in survey.models
    ]


if __name__ == "__main__":
    main()
