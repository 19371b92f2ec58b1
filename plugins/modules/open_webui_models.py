#!/usr/bin/python
"""Have the Open WebUI of this host show models to those who may see them, with what each model can do."""

from __future__ import annotations

DOCUMENTATION = r"""
module: open_webui_models
short_description: Says who sees which model, and which of them take tools and pictures
description:
  - Asks the running program for the models that it gets, and for what Ollama says that each can do. Tools and pictures
    are offered with those alone that can do with them; any other would answer with an error.
  - Speaks to the program in the name of its first administrator; see C(module_utils/chat_api.py).
  - What people wrote on a model's card in the browser stays, but for that. So do cards of models that are gone.
  - Models are known when the program runs and gets an answer; until then, nothing is done and that is said.
options:
  for_users: {type: raw, default: all, description: "C(all), or the names of the models that users see"}
  named: {type: dict, default: {}, description: Other options that name a model, each with the name}
  addresses: {type: list, elements: str, required: true, description: Where the door listens}
  port: {type: int, required: true, description: The door's port}
  data: {type: path, required: true, description: Folder of the database}
attributes:
  check_mode: {support: full, description: On a bare host there are no models to speak of}
  diff_mode: {support: full, description: One entry for each model}
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Show people the models that they may use
  llamakeep.fleet.open_webui_models:
    for_users: ["mistral:7b"]
    named: {open_webui_default_model: "mistral:7b"}
    addresses: ["127.0.0.1"]
    port: 8080
    data: /var/lib/open-webui
"""

RETURN = r"""
said: {type: list, elements: str, returned: success, description: What an operator should read}
models: {type: dict, returned: success, description: "Model -> what Ollama says that it can do"}
refusals:
  description: What was refused, each with C(id), C(place), C(found), C(expected) and C(remedy).
  type: list
  elements: dict
  returned: on failure
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.llamakeep.fleet.plugins.module_utils import chat_administrator, model_cards, model_name
from ansible_collections.llamakeep.fleet.plugins.module_utils.chat_api import Answer, Chat, Silent, door
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

OPTION = "open_webui_models_for_users"
_ARGUMENTS = {
    "for_users": {"type": "raw", "default": "all"},
    "named": {"type": "dict", "default": {}},
    "addresses": {"type": "list", "elements": "str", "required": True},
    "port": {"type": "int", "required": True},
    "data": {"type": "path", "required": True},
}


class Models:
    """The models of one program."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.want = module.params
        self.listed = listed(self.want["for_users"])
        self.said: list[str] = []
        self.away: list[str] = []  # models that are listed, and whose hosts do not answer
        self.chat = Chat(door(self.want["addresses"], self.want["port"]))

    def enter(self) -> bool:
        """Be the first administrator; False: a check on a host where the program does not run yet."""
        try:
            self.chat.ask("/api/config")
            self.chat = chat_administrator.enter(self.chat, self.want["data"])
        except Silent:
            if not self.module.check_mode:
                raise
            return False
        return True

    def served(self) -> dict[str, list[str]]:
        """Return model -> what Ollama says that it can do, for all that the program gets.

        A gateway lists models whose hosts are away, too: of those nothing is known, and their cards stay as they are.
        """
        names = [model["model"] for model in self.chat.ask("/ollama/api/tags")["models"]]
        able = {name: self.able(name) for name in names}
        self.away = [name for name in names if able[name] is None]
        return {name: can for name, can in able.items() if can is not None}

    def able(self, name: str) -> list[str] | None:
        """Return what a model can do; None: no host that has it answers, which is said."""
        try:
            return self.chat.ask("/ollama/api/show", {"model": name}).get("capabilities") or []
        except Answer as answer:
            if answer.status in (401, 403):  # that is not about the model
                raise
            self.warn(
                Refusal(
                    name,
                    f"nobody says what it can do: {answer.detail} ({answer.status})",
                    id="model-capabilities-unknown",
                    remedy="see to the hosts that have it and run again; until then its card stays, and who sees it",
                )
            )
            return None

    def cards(self, served: dict[str, list[str]]) -> list[model_cards.Card]:
        """Return what has to be written."""
        kept = {row["id"]: row for row in self.chat.ask("/api/v1/models/base")}
        every = [
            model_cards.Card(name, able, kept.get(name), None if self.listed is None else name in self.listed)
            for name, able in sorted(served.items())
        ]
        return [card for card in every if card.differs()]

    def write(self, card: model_cards.Card) -> None:
        """Write a card. Who sees the model is taken with a new one; of one that is there it is asked for apart."""
        form = card.form()
        self.chat.ask("/api/v1/models/create" if card.is_new else "/api/v1/models/model/update", form)
        if not card.is_new and card.was_listed != card.is_listed:
            update = {name: form[name] for name in ("id", "name", "access_grants")}
            self.chat.ask("/api/v1/models/model/access/update", update)

    def compare(self, served: dict[str, list[str]]) -> None:
        """Warn of a model that is named and not there."""
        named = {OPTION: self.listed or [], **{key: [name] for key, name in self.want["named"].items() if name}}
        for option, names in named.items():
            known = {*served, *self.away}
            for name in [name for name in names if model_name.listed(name) not in known]:
                expected = f"one of {', '.join(sorted(known))}"
                remedy = "have it on the hosts that are asked (ollama_models_names), or name another one"
                self.warn(
                    Refusal(
                        option,
                        f"{name} is on no host that answers",
                        id="model-not-served",
                        expected=expected,
                        remedy=remedy,
                    )
                )

    def warn(self, refusal: Refusal) -> None:
        self.module.warn(str(refusal))
        self.said.append(str(refusal))


def listed(for_users: object) -> list[str] | None:
    """Return the names of the models that users see; None: they see all."""
    if for_users == "all":
        return None
    if not isinstance(for_users, list) or not all(isinstance(name, str) and name for name in for_users):
        found = f"{for_users!r} says neither"
        raise Refusal(
            OPTION,
            found,
            id="model-list-malformed",
            expected="all, or a list of names such as mistral:7b",
            remedy="write one of these",
        )
    return [model_name.listed(name) for name in for_users]


def run(module: AnsibleModule) -> dict[str, Any]:
    """Compare, write unless this is a check, and return the module's result."""
    models = Models(module)
    nothing = {"changed": False, "diff": [], "said": models.said, "models": {}}
    if not models.enter():
        return nothing
    served = models.served()
    if not served and not models.away:
        models.warn(
            Refusal(
                "the models of Open WebUI",
                "it gets none: nobody who is asked answers, or has any",
                id="no-model-served",
                remedy="see to the hosts that are asked and run again; until then everything stays as it is",
            )
        )
        return nothing
    models.compare(served)
    found = models.cards(served)
    for card in found:
        if not module.check_mode:
            models.write(card)
    return {**nothing, "changed": bool(found), "diff": [card.diff() for card in found], "models": served}


def main() -> None:
    """Answer the task."""
    module = AnsibleModule(argument_spec=_ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**run(module))
    except Refusal as refusal:
        module.fail_json(**refusal.failure)
    except Answer as answer:
        module.fail_json(**answer.refusal(OPTION).failure)


if __name__ == "__main__":
    main()
