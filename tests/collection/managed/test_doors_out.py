"""A door out of a sealed network leads to one address, and nowhere else."""

import json

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import doors
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.table import complete
from jinja2 import Environment, FileSystemLoader, StrictUndefined

OUT = {"name": "models", "out_of": "open-webui.service", "port": 11434, "to": "192.0.2.10:11434"}
TEMPLATES = doors.__file__.rsplit("/", 3)[0] + "/templates"


def render(name, told):
    if not name.endswith(".j2"):
        return name
    templates = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True)  # noqa: S701
    templates.filters["to_json"] = json.dumps
    return templates.get_template(name).render(told)


def written(door):
    return {
        file["path"].rsplit("/", 1)[1]: file["content"] for file in complete("x", {"doors": [door]}, render)["files"]
    }


def test_it_listens_inside_and_its_program_stands_outside():
    files = written(OUT)
    socket, service = files["models.socket"], files["models.service"]
    assert "ListenStream=127.0.0.1:11434\nPrivateNetwork=yes" in socket
    assert "JoinsNamespaceOf=open-webui.service\n" in socket
    assert "PrivateNetwork" not in service
    assert "\nType=exec\n" in service
    assert "systemd-socket-proxyd --connections-max=4096 192.0.2.10:11434\n" in service


def test_its_program_may_speak_to_that_address_alone():
    assert "IPAddressDeny=any\nIPAddressAllow=192.0.2.10\n" in written(OUT)["models.service"]


def test_an_address_of_ipv6_is_taken_in_brackets():
    door = doors.expand({**OUT, "to": "[2001:db8::10]:11434"})
    assert (door["upstream"], door["allowed"]) == ("[2001:db8::10]:11434", "2001:db8::10")


def test_its_program_is_not_said_to_be_sealed():
    units = complete("x", {"doors": [OUT]}, render)["units"]
    assert units == [
        {"name": "models.socket", "state": "started", "enabled": True},
        {"name": "models.service", "state": "any", "enabled": False, "sealed": False},
    ]


@pytest.mark.parametrize("to", ["api.example:443", "192.0.2.10", ":11434", "2001:db8::10", "localhost:80"])
def test_one_that_leads_to_no_address_is_refused(to):
    with pytest.raises(Refusal, match=r"door models: .*(is no address to lead to|has no port)"):
        doors.expand({**OUT, "to": to})


def test_one_that_leads_in_and_out_is_refused():
    with pytest.raises(Refusal, match="is missing, or unknown"):
        complete("x", {"doors": [{**OUT, "into": "ollama.service"}]}, render)


def test_who_shares_the_network_is_named_in_both_directions():
    inward = {
        "name": "web",
        "into": "x.service",
        "port": 80,
        "at": ["127.0.0.1"],
        "shares_network_with": ["ollama.service"],
    }
    assert "JoinsNamespaceOf=x.service ollama.service\n" in written(inward)["web.service"]
    outward = {**OUT, "shares_network_with": ["web.service"]}
    assert "JoinsNamespaceOf=open-webui.service web.service\n" in written(outward)["models.socket"]
