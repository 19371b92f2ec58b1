"""Units that are to share another network let go of the old one first, all of them."""

from types import SimpleNamespace

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.difference import Difference
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import doors

CHAT = {"name": "chat.service", "state": "started", "enabled": True, "sealed": True, "beside": ["models.socket"]}


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
        ([{**CHAT, "beside": ["ollama.service"]}], ["chat.service"]),
        ([{**CHAT, "sealed": False}], ["chat.service"]),
        ([{key: value for key, value in CHAT.items() if key != "beside"}], []),
    ],
)
def test_a_unit_moves_where_it_was_sealed_otherwise_or_beside_others(before, moves):
    assert resealed(before, [CHAT]) == moves


@pytest.mark.parametrize(("beside", "says"), [(["a.service"], {"beside": ["a.service"]}), ([], {})])
def test_a_door_stands_beside_those_whom_it_names(beside, says):
    door = doors.expand({"name": "web", "into": "chat.service", "port": 80, "at": ["127.0.0.1"], "beside": beside})
    service = doors.units(door)[1]
    assert {key: service[key] for key in service if key == "beside"} == says
