"""The endpoints of Ollama's API: each is for one thing."""

from collections import Counter

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import endpoints


def test_no_endpoint_is_for_two_things():
    every = Counter((*endpoints.ASK, *endpoints.LOOK, *endpoints.LIST, *endpoints.STATE, *endpoints.MANAGE))
    assert [path for path, times in every.items() if times > 1] == []


def test_what_manages_comes_through_nowhere():
    for found, lets_in in (
        (endpoints.for_gateway(), ("ask", "look", "list")),
        (endpoints.for_door(), ("by_post", "by_get")),
    ):
        assert not {path for name in lets_in for path in found[name]} & set(found["manage"])
        assert set(endpoints.MANAGE) <= set(found["manage"])
