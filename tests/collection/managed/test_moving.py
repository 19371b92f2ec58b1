"""Units that are to share another network let go of the old one first, all of them."""

from types import SimpleNamespace

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.difference import Difference
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import doors

CHAT = {
    "name": "chat.service",
    "state": "started",
    "enabled": True,
    "sealed": True,
    "shares_network_with": ["models.socket"],
}


def resealed(before, now):
    difference = SimpleNamespace(
        leftovers=SimpleNamespace(before={"units": before}), part=lambda _: now, _moves=Difference._moves
    )
    return Difference.resealed(difference)


@pytest.mark.parametrize(
    ("before", "moves"),
    [
        ([], []),
        ([CHAT], []),
        ([{**CHAT, "shares_network_with": ["ollama.service"]}], ["chat.service"]),
        ([{**CHAT, "sealed": False}], ["chat.service"]),
        ([{key: value for key, value in CHAT.items() if key != "shares_network_with"}], []),
    ],
)
def test_a_unit_moves_where_it_was_sealed_otherwise_or_beside_others(before, moves):
    assert resealed(before, [CHAT]) == moves


@pytest.mark.parametrize(("others", "says"), [(["a.service"], {"shares_network_with": ["a.service"]}), ([], {})])
def test_a_door_stands_beside_those_whom_it_names(others, says):
    door = doors.expand(
        {"name": "web", "into": "chat.service", "port": 80, "at": ["127.0.0.1"], "shares_network_with": others}
    )
    service = doors.units(door)[1]
    assert {key: service[key] for key in service if key == "shares_network_with"} == says
