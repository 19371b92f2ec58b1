"""Ansible's own tables are parsed once for all processes, and never read otherwise than they are."""

import json

import pytest
from ansible.utils.collection_loader import _collection_finder as finder

from llamakeep.inventory import routing

LONG = "plugin_routing:\n  lookup:\n" + "".join(f"    moved{n}:\n      redirect: a.b.moved{n}\n" for n in range(400))


@pytest.fixture
def parsed(monkeypatch, tmp_path):
    """Return the texts that were parsed, in a process whose user has a home."""
    seen = []
    parse = finder._meta_yml_to_dict
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(finder, "_meta_yml_to_dict", lambda text, place: seen.append(text) or parse(text, place))
    routing.keep()
    return seen


def table(text):
    return finder._meta_yml_to_dict(text, ("a.b", "runtime.yml"))


def test_a_long_one_is_parsed_once_and_stays_what_it_is(parsed, tmp_path):
    first, second = table(LONG), table(LONG.encode())
    assert first == second
    assert first["plugin_routing"]["lookup"]["moved7"] == {"redirect": "a.b.moved7"}
    assert parsed == [LONG]
    (kept,) = (tmp_path / "llamakeep").iterdir()
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_another_text_is_another_table(parsed):
    table(LONG)
    assert "else" in table(LONG.replace("moved7:", "else:"))["plugin_routing"]["lookup"]
    assert len(parsed) == 2


@pytest.mark.parametrize("broken", ["", "{", "[]", "{}"])
def test_what_cannot_be_read_is_parsed_anew(parsed, tmp_path, broken):
    whole = table(LONG)
    (kept,) = (tmp_path / "llamakeep").iterdir()
    kept.write_text(broken)
    assert table(LONG) == whole
    assert json.loads(kept.read_text()) == whole
    assert len(parsed) == 2


def test_a_short_one_is_not_kept_and_a_home_that_is_closed_is_no_fault(parsed, tmp_path):
    assert table("plugin_routing: {}") == {"plugin_routing": {}}
    (tmp_path / "llamakeep").write_text("a file in its place")
    assert table(LONG)["plugin_routing"]
    assert len(parsed) == 2
