"""Where the collection lies, and what its version says."""

import re

from llamakeep import collection


def test_the_checkout_is_the_collection():
    assert (collection.root() / "galaxy.yml").is_file()


def test_the_version_names_the_content_that_decides_what_a_host_gets():
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[0-9a-f]{12}", collection.kit_version())


def test_a_changed_template_is_another_version(tmp_path, monkeypatch):
    for part in ("playbooks", "plugins", "roles", "templates"):
        (tmp_path / part).mkdir()
    template = tmp_path / "templates" / "door.socket.j2"
    monkeypatch.setattr(collection, "root", lambda: tmp_path)
    versions = set()
    for text in ("one", "two"):
        template.write_text(text)
        collection.kit_version.cache_clear()
        versions.add(collection.kit_version())
    collection.kit_version.cache_clear()
    assert len(versions) == 2
