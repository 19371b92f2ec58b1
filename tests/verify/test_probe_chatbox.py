"""What the probe says of a user's Chatbox: how it compares, and nothing of what it holds."""

import hashlib
import json
import os
from pathlib import Path

import pytest
import yaml
from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED
from healthy_chatbox import DESKTOP, KEY, desktop_host

from llamakeep import collection
from llamakeep.services.chatbox.verified import PROFILE, Stage, look
from llamakeep.verify.stage import Asking

WANTED = Stage().request(Asking(desktop_host(), "nonce"), DESKTOP)
HASH = hashlib.sha256(f"nonce{KEY}".encode()).hexdigest()
PROVIDER = {"apiHost": DESKTOP.url, "apiKey": KEY, "models": [{"modelId": "mistral:7b"}]}
SETTINGS = {
    "providers": {DESKTOP.provider: PROVIDER, "openai": {"apiKey": "theirs"}},
    "allowReportingAndTracking": False,
    "autoUpdate": False,
}
GOOD = {"asks": True, "key": True, "models": ["mistral:7b"], "reports": False, "updates": False}


def test_a_key_travels_as_a_salted_hash_alone():
    assert WANTED["keys"] == {"ann": HASH}
    assert KEY not in json.dumps(WANTED)
    struck = desktop_host(inputs={"chatbox_users": [{"user": "ann", "key": REDACTED}]})
    assert Stage().request(Asking(struck, "nonce"), DESKTOP)["keys"] == {"ann": ""}


def test_the_folder_is_the_one_that_the_role_writes_to():
    managed = yaml.safe_load((collection.root() / "roles/chatbox/vars/main/managed.yml").read_text())
    assert managed["__chatbox_profile"] == PROFILE


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        (SETTINGS, {}),
        (SETTINGS | {"allowReportingAndTracking": True}, {"reports": True}),
        ({name: value for name, value in SETTINGS.items() if name != "autoUpdate"}, {"updates": True}),
        (SETTINGS | {"providers": {DESKTOP.provider: PROVIDER | {"apiKey": "lk_b"}}}, {"key": False}),
        (SETTINGS | {"providers": {DESKTOP.provider: PROVIDER | {"apiHost": "https://else"}}}, {"asks": False}),
        (SETTINGS | {"providers": {DESKTOP.provider: PROVIDER | {"models": None}}}, {"models": []}),
        ([], {"asks": False, "key": False, "models": [], "reports": True, "updates": True}),
        (SETTINGS | {"providers": 7}, {"asks": False, "key": False, "models": []}),
    ],
)
def test_settings_are_compared(settings, changed):
    found = look.compared(settings, HASH, WANTED)
    assert found == GOOD | changed
    assert "lk_" not in json.dumps(found)


def test_a_link_and_a_file_of_somebody_else_are_not_read(tmp_path: Path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"settings": SETTINGS}))
    assert look._read(path, os.getuid())["settings"] == SETTINGS
    with pytest.raises(ValueError, match="no file of this user's own"):
        look._read(path, os.getuid() + 1)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(OSError, match="symbolic link"):
        look._read(tmp_path / "link", os.getuid())
    path.write_text('{"apiKey": lk_a')
    with pytest.raises(ValueError, match="is no valid JSON") as error:
        look._read(path, os.getuid())
    assert "lk_" not in str(error.value)


def test_a_user_who_is_not_there_is_said():
    (found,) = look.users({**WANTED, "keys": {"no such user": HASH}})["users"]
    assert found == {"user": "no such user", "fault": "there is no such user on the host"}
