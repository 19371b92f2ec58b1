"""What is loopback, and where a client on the host itself connects: one rule for all who ask."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint, here, is_loopback, nearest
from ansible_collections.llamakeep.fleet.plugins.module_utils.chat_api import door

from llamakeep.inventory.door import Door
from llamakeep.inventory.door_words import door_words


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("127.255.0.9:11434", True),
        ("::1", True),
        ("[::1]:80", True),
        ("::ffff:127.0.0.2", True),
        ("localhost", True),
        ("localhost:80", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.7", False),
        ("128.0.0.1", False),
        ("127.example.org", False),
        ("", False),
    ],
)
def test_what_is_loopback(address, wanted):
    assert is_loopback(address) is wanted


def test_any_loopback_address_is_the_nearest():
    assert nearest(["192.0.2.11", "127.0.0.2"]) == "127.0.0.2"
    assert nearest(["192.0.2.11", "::"]) == "::1"
    assert nearest(["192.0.2.11"]) == "192.0.2.11"
    assert nearest([]) == "127.0.0.1"
    assert door(["192.0.2.7", "127.0.0.2"], 8080) == "http://127.0.0.2:8080"


def test_a_wildcard_is_found_on_loopback():
    assert [here(address) for address in ("0.0.0.0", "[::]", "*")] == ["127.0.0.1", "::1", "127.0.0.1"]
    assert endpoint("2001:db8::11", 80) == "[2001:db8::11]:80"


def test_a_door_on_any_loopback_address_is_open_to_nobody_else():
    door = Door(name="ollama-api", into="ollama.service", port=11434, at=("127.0.0.2",), groups=("chat_hosts",))
    assert door_words(door) == "127.0.0.2:11434"
