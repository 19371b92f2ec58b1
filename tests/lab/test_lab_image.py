"""The image of lab hosts, where it cannot be made."""

import re

import docker.errors
import pytest

from llamakeep.errors import Refusal
from llamakeep_lab import debootstrap, image


def test_bare_hosts_have_an_image_of_their_own():
    assert image.tag("trixie", bare=False) == "llamakeep-lab:trixie"
    assert image.tag("bookworm", bare=True) == "llamakeep-lab:bookworm-bare"


def test_both_images_come_from_one_recipe():
    recipe = image.dockerfile().decode()
    assert "FROM ${ORIGIN} AS bare" in recipe
    bare, full = recipe.split("FROM bare AS full")
    installed = [re.search(r"install [^&]*", part).group(0).split() for part in (bare, full)]
    for package in ("curl", "nftables", "sudo", "zstd"):
        assert [package in names for names in installed] == [False, True]


class Images:
    """The engine's images, by name: digest of the recipe that made them."""

    def __init__(self, **recipes):
        self.recipes = {f"llamakeep-lab:{name}": recipe for name, recipe in recipes.items()}

    @property
    def images(self):
        return self

    def get(self, name):
        if name not in self.recipes:
            raise docker.errors.ImageNotFound(name)
        found = type("Image", (), {})()
        found.id, found.labels = name, {image.LABEL_RECIPE: self.recipes[name]}
        return found


def test_an_image_of_this_recipe_is_used_as_it_is():
    engine = Images(trixie=image.recipe())
    assert image.ensure(engine, "trixie", bare=False, say=pytest.fail) == "llamakeep-lab:trixie"


def test_an_image_of_another_recipe_is_built_again(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(image, "_build", lambda *given: " ".join(given[-2:]))
    monkeypatch.setattr(image, "_drop", lambda *_: None)
    engine = Images(**{"trixie": "old", "trixie-origin": ""})
    built = image.ensure(engine, "trixie", bare=True, say=lambda _: None)
    assert built == "llamakeep-lab:trixie-origin bare"


def test_an_unknown_release_is_refused():
    with pytest.raises(Refusal, match="expected: trixie or bookworm"):
        image.ensure(Images(), "sid", bare=False, say=lambda _: None)


def test_making_a_debian_needs_root_and_says_so(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Refusal, match="once as root"), debootstrap.tree("trixie", 0):
        pass


def test_a_missing_debootstrap_is_named(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Refusal, match="apt install debootstrap"), debootstrap.tree("trixie", 0):
        pass


def test_a_missing_keyring_is_named_before_anything_is_downloaded(monkeypatch, tmp_path):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda _: "/usr/sbin/debootstrap")
    monkeypatch.setattr(debootstrap, "_KEYRING", tmp_path / "none.gpg")
    with pytest.raises(Refusal, match="could not be verified"), debootstrap.tree("trixie", 0):
        pass


def test_a_debootstrap_that_fails_shows_its_last_words_and_leaves_no_tree(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(debootstrap, "_refuse_what_is_missing", lambda: None)
    program = tmp_path / "debootstrap"
    program.write_text('#!/bin/sh\nmkdir -p "$4/etc"\necho "E: Failed getting release file"\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    held = (tmp_path / "lock").open("w")
    refused = pytest.raises(Refusal, match="E: Failed getting release file")
    with held, refused, debootstrap.tree("trixie", held.fileno()):
        pass
    assert not (tmp_path / "llamakeep" / "debootstrap" / "trixie").exists()
