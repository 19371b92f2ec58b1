"""Where the collection lies, and what its version says."""

import re

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit

from llamakeep import collection


def test_the_checkout_is_the_collection():
    assert (collection.root() / "galaxy.yml").is_file()
    assert collection.root() == kit.COLLECTION


def test_the_version_names_the_content_that_decides_what_a_host_gets():
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[0-9a-f]{12}", kit.version())


def test_a_changed_template_is_another_version(tmp_path, monkeypatch):
    for part in ("playbooks", "plugins", "roles", "templates"):
        (tmp_path / part).mkdir()
    (tmp_path / "galaxy.yml").write_text("version: 0.1.0\n")
    template = tmp_path / "templates" / "door.socket.j2"
    monkeypatch.setattr(kit, "COLLECTION", tmp_path)
    versions = set()
    for text in ("one", "two"):
        template.write_text(text)
        kit.version.cache_clear()
        versions.add(kit.version())
    kit.version.cache_clear()
    assert len(versions) == 2
