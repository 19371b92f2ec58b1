"""The plan and the role count with the same room for Open WebUI."""

import pytest
import yaml

from llamakeep import collection
from llamakeep.services.open_webui.planned.changes import size_of

VARS = collection.root() / "roles" / "open_webui" / "vars" / "main"


@pytest.mark.parametrize("variant", ["slim", "full"])
def test_the_room_is_said_once(variant: str) -> None:
    role = yaml.safe_load((VARS / "managed.yml").read_text())
    assert role["__open_webui_size"] == "{{ __open_webui_sizes[open_webui_variant] }}"
    assert size_of(variant) == yaml.safe_load((VARS / "sizes.yml").read_text())["__open_webui_sizes"][variant]


def test_the_full_variant_has_room_for_what_was_measured_and_for_its_packages() -> None:
    assert size_of("full") > 1.5 * 2.9e9
