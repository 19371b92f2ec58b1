"""A role's table as the module gets it."""

import re

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import doors
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.table import complete
from scene import render as draw

API = {"name": "ollama-api", "into": "ollama.service", "port": 11434, "at": ["127.0.0.1", "2001:db8::10"]}


def render(name, told):
    return f"{name} {sorted(told)}"


def endpoints(door):
    return [one["endpoint"] for one in door["listens"]]


def test_what_is_left_unsaid_is_said():
    (file,) = complete("x", {"files": [{"path": "/etc/x", "content": "y", "restarts": "x.service"}]}, render)["files"]
    assert file == {
        "path": "/etc/x",
        "content": "y",
        "owner": "root",
        "group": "root",
        "mode": "0644",
        "validate": "",
        "restarts": ["x.service"],
        "reloads": [],
    }


def test_a_template_is_rendered_and_not_sent_by_name():
    (file,) = complete("x", {"files": [{"path": "/etc/x", "template": "x.j2"}]}, render)["files"]
    assert (file["content"], "template" in file) == ("x.j2 []", False)


def test_a_door_becomes_its_units_and_its_program():
    table = complete("ollama", {"doors": [API]}, render)
    paths = [file["path"] for file in table["files"]]
    assert paths[:3] == [
        "/etc/systemd/system/ollama-api.socket",
        "/etc/systemd/system/ollama-api.service",
        "/opt/llamakeep/libexec/sealed",
    ]
    assert {"/opt/llamakeep/libexec/door-control", "/etc/llamakeep/doors/ollama-api.cfg"} <= set(paths)
    assert table["files"][0]["content"] == "door.socket.j2 ['door']"
    assert table["units"] == [
        {"name": "ollama-api.socket", "state": "started", "enabled": True},
        {"name": "ollama-api.service", "state": "any", "enabled": False, "sealed": True},
    ]


def test_two_doors_share_one_program_and_each_takes_up_its_own_files():
    table = complete("x", {"doors": [API, {**API, "name": "webui", "port": 8080}]}, render)
    assert len([file for file in table["files"] if file["path"].endswith("door-control")]) == 1
    reloads = {file["path"]: file["reloads"] for file in table["files"] if file["reloads"]}
    assert reloads["/etc/llamakeep/doors/webui"] == reloads["/etc/llamakeep/doors/webui.cfg"] == ["webui.service"]


def test_a_door_in_either_direction_has_its_bound_of_memory():
    out = {"name": "models", "out_of": "open-webui.service", "port": 11434, "to": "192.0.2.10:11434"}
    for template, door in (("door.service.j2", API), ("door_out.service.j2", out)):
        assert re.findall("^MemoryMax=(.*)$", draw(template, doors.expand(door)), re.MULTILINE) == ["1G"]


def test_a_door_may_say_how_long_a_body_it_takes():
    (door,) = complete("x", {"doors": [{**API, "longest_body": 2**25}]}, render)["doors"]
    assert doors.expand(door)["longest_body"] == 2**25
    assert doors.expand(API)["longest_body"] == 0


def test_an_address_of_ipv6_is_written_in_brackets():
    door = doors.expand(API)
    assert endpoints(door) == ["127.0.0.1:11434", "[2001:db8::10]:11434"]
    assert door["beyond_loopback"]
    assert not doors.expand({**API, "at": ["127.0.0.1", "::1"]})["beyond_loopback"]


@pytest.mark.parametrize("address", ["localhost", "[::1]", "192.0.2.1:11434", ""])
def test_a_door_at_no_address_is_refused(address):
    with pytest.raises(Refusal, match=r"door ollama-api: .* is no address to listen on"):
        doors.expand({**API, "at": [address]})


@pytest.mark.parametrize("name", ["gpu 01", "http://gpu01", "gpu01:11434", "", "gpu01;", "-x"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(Refusal, match=r"door ollama-api: .* is no name of a host"):
        doors.expand({**API, "names": [name]})


def test_a_part_that_nobody_knows_is_refused():
    with pytest.raises(Refusal, match="table of x: services is no part of one"):
        complete("x", {"services": []}, render)


@pytest.mark.parametrize(("item", "named"), [({"path": "/x", "modus": "0644"}, "modus"), ({"content": "x"}, "path")])
def test_an_item_that_says_too_much_or_too_little_is_refused(item, named):
    with pytest.raises(Refusal, match=rf"table of x: files\[0\]: {named} is missing, or unknown"):
        complete("x", {"files": [item]}, render)


def test_a_door_without_an_address_is_refused():
    with pytest.raises(Refusal, match="door ollama-api: has no address to listen on"):
        doors.expand({**API, "at": []})


def test_an_address_that_is_named_twice_is_listened_on_once():
    assert endpoints(doors.expand({**API, "at": ["127.0.0.1", "127.0.0.1"]})) == ["127.0.0.1:11434"]
