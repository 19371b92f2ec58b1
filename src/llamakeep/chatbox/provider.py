"""The gateway as Chatbox is told of it: where it answers, and which models it has."""

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import canonical
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import (
    ca_files,
    ca_place,
    chatbox,
    internal_ca,
)

from llamakeep import inventory as inventories
from llamakeep.errors import Refusal
from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.fleet import Fleet
from llamakeep.inventory.model_list import NAMES
from llamakeep.keys.file import folder_of
from llamakeep.record import Record


class Provider(Record):
    """The gateway of an inventory."""

    id: str  # "llamakeep-example.org"
    name: str  # "example.org"
    address: str  # "https://api.example.org/v1"
    models: tuple[str, ...]
    root: str = ""  # sha256 of the root that clients must trust; empty: they trust it anyway


def provider(inventory: str, model: str = "") -> Provider:
    """Return the gateway of an inventory, with `model` at the head of its models.

    Raises Refusal where there is no gateway with a domain, and for a model that no host is to have.
    """
    fleet = inventories.load(inventory, pinned=False)
    gate = next((name for name in _group(fleet, "gateway_hosts") if _option(fleet, name, "gateway_domain")), "")
    if not gate:
        raise Refusal(
            inventory,
            "there is no gateway that a link could lead to",
            id="no-gateway-host",
            expected="a host in gateway_hosts, with gateway_domain",
            remedy="without one, people enter an llm host's address into Chatbox by hand",
        )
    models = chatbox.served(_group(fleet, "llm_hosts"), lambda host, name: _option(fleet, host, name))
    found = chatbox.gateway(
        str(_option(fleet, gate, "gateway_domain")), int(_option(fleet, gate, "gateway_https_port")), models
    )
    return Provider(
        id=found["id"],
        name=found["name"],
        address=found["address"],
        models=_headed(tuple(models), model),
        root=_root(inventory) if _option(fleet, gate, "gateway_certificate") == "internal" else "",
    )


def _headed(models: tuple[str, ...], model: str) -> tuple[str, ...]:
    if not model:
        return models
    wanted = canonical(model)
    if wanted not in models:
        expected = ", ".join(models[:10]) or f"a model in {NAMES} of the llm_hosts"
        raise Refusal(
            "--model", f"{model} is served by none of the llm_hosts", id="model-not-served", expected=expected
        )
    return (wanted, *(name for name in models if name != wanted))


def _root(inventory: str) -> str:
    found = ca_files.read(folder_of(inventory) / ca_place.FOLDER)
    return internal_ca.fingerprint(found.certificate) if found is not None else ""


def _group(fleet: Fleet, name: str) -> list[str]:
    return [host.name for host in fleet.hosts if name in host.groups]


def _option(fleet: Fleet, host: str, name: str) -> Any:
    return reveal(fleet.host(host).inputs.get(name))
