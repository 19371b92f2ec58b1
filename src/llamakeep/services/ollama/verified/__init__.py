"""Ollama's part in verify."""

from collections.abc import Iterator
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import here, is_loopback, nearest

from llamakeep.inventory.door import Door
from llamakeep.inventory.fleet import Host
from llamakeep.inventory.model_list import ModelList
from llamakeep.services.ollama.verified import question, settings
from llamakeep.services.ollama.verified.evidence import OllamaEvidence
from llamakeep.services.ollama.verified.host import LlmHost
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.verify.stage import FOREIGN_HOST, Asking, Found, VerifiedStage

_HEARING = 10.0  # seconds for what is said behind a door: the service may have to start
_ANSWER_PATIENCE = 300.0  # seconds for a model to be loaded and to answer


class Stage(VerifiedStage[WantedOllama]):
    """What is looked at of the server, and how its claims see it."""

    kind = WantedOllama
    evidence = OllamaEvidence
    columns = ("sealed", "doors", "service", "answers")
    hosts = {
        "llm_host": lambda *_: True,
        "sealed_host": lambda _, wanted: wanted.sealed,
        "asked_host": lambda host, _: bool(_models(host).models),
        "accelerated_host": lambda host, wanted: bool(_models(host).models) and wanted.require_accelerator != "none",
    }

    def request(self, asking: Asking, wanted: WantedOllama) -> dict[str, Any]:
        """Return what the probe needs to look at the server, and to ask a model."""
        at = [here(address) for address in wanted.door.at]
        return {
            "service": wanted.door.into,
            "door": [nearest(at), wanted.door.port],
            # Where it asks for certificates, other claims are made.
            "door_addresses": [address for address in at if is_loopback(address)] if wanted.door.mutual else at,
            "manage": [*map(here, wanted.manage.at), wanted.manage.port],
            "foreign_host": FOREIGN_HOST,
            "questions": question.in_order(_models(asking.host).models),
            "patience": _ANSWER_PATIENCE,
            "hearing": _HEARING,
            "plain": settings.shown(asking.host, wanted),
            "private": sorted(settings.private(asking.host)),
            "nonce": asking.nonce,
        }

    def door(self, wanted: WantedOllama) -> Door:
        """Return the door of the API."""
        return wanted.door

    def host(self, found: Found, wanted: WantedOllama) -> LlmHost:
        """Return the host as the claims about its server see it."""
        return LlmHost(found.host, wanted, found.seen, found.nonce, found.kit)

    def notes(self, host: Host, wanted: WantedOllama) -> Iterator[str]:
        """Say which server is open by choice."""
        if not wanted.sealed:
            yield f"{host.name} is open by choice: its server has the host's network, its engine answers any local user"

    def played(self, lab: dict[str, Any]) -> Iterator[str]:
        """Say where the lab's stand-in serves."""
        if lab.get("standin"):
            yield "serves the lab's stand-in, not the real Ollama"


def _models(host: Host) -> ModelList:
    return host.service(ModelList) or ModelList()
