"""Inventories with desktops: what their Chatbox should be, and what is refused of it at once."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_inventory_front import FILES, HOSTS, THEIRS, write

from llamakeep import collection, inventory
from llamakeep.errors import Refusal
from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.fleet import Fleet
from llamakeep.inventory.recorded import recorded
from llamakeep.services.chatbox.wanted import WantedChatbox

KEY = "lk_" + "a" * 40
GATEWAY = f"""\
gateway_addresses: ["{{{{ ansible_host }}}}"]
gateway_keys:
  ann-desktop: {{sha256: "{hashlib.sha256(KEY.encode()).hexdigest()}", created: "2026-11-20"}}
"""
DESKTOP = f"""\
chatbox_users:
  - {{user: ann, client: ann-desktop, key: {KEY}, model: mistral}}
chatbox_version: "1.20.0"
"""
DESKTOPS = {
    **FILES,
    "hosts.yml": HOSTS + "desktop_hosts: {hosts: {desk1: {ansible_host: 192.0.2.60}}}\n",
    "group_vars/gateway_hosts.yml": GATEWAY,
    "group_vars/desktop_hosts.yml": DESKTOP,
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    folder = write(tmp_path_factory.mktemp("office"), DESKTOPS)
    (folder / ".ca").mkdir()
    (folder / ".ca" / "root.crt").write_text("the root\n")
    return inventory.load(folder)


def test_a_desktop_is_pointed_at_the_gateway(fleet: Fleet) -> None:
    host = fleet.host("desk1")
    assert host.is_managed
    assert "firewall" not in host.services
    assert host.service(WantedChatbox) is not None
    assert (
        host.service(WantedChatbox).version,
        host.service(WantedChatbox).users,
        host.service(WantedChatbox).clients,
    ) == ("1.20.0", ("ann",), ("ann-desktop",))
    assert (host.service(WantedChatbox).provider, host.service(WantedChatbox).url) == (
        "llamakeep-example.org",
        "https://api.example.org/v1",
    )
    assert host.service(WantedChatbox).models == {"mistral:latest": ("gpu01",)}
    assert {name.split("_")[0] for name in host.inputs} == {"chatbox", "fleet:chats", "fleet:root"}
    assert KEY not in fleet.model_dump_json()


def test_the_receipt_of_a_desktop_is_made_from_the_same_inputs(fleet: Fleet) -> None:
    inputs, groups = reveal(fleet.host("desk1").inputs), fleet.host("desk1").groups
    done = subprocess.run(
        [sys.executable, "-c", THEIRS, str(collection.root() / "roles"), fleet.inventory],
        input=json.dumps({"desk1": {"inputs": inputs, "groups": groups}}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["inputs"]["desk1"] == json.loads(json.dumps(recorded(inputs)))


def refused(folder: Path, **changed: str) -> str:
    with pytest.raises(Refusal) as refusal:
        inventory.load(write(folder, {**DESKTOPS, **changed}))
    said = str(refusal.value).replace(str(folder), "INV")
    assert KEY not in said
    return said


def test_what_is_wrong_with_users_is_said_with_its_place(tmp_path: Path) -> None:
    wrong = DESKTOP.replace("model: mistral", "model: mistrel") + "chatbox_archive_sha256: ab\n"
    said = refused(tmp_path, **{"group_vars/desktop_hosts.yml": wrong})
    assert "INV/group_vars/desktop_hosts.yml:1: chatbox_users[0].model: mistrel is served by none" in said
    assert "chatbox_archive_url, chatbox_archive_sha256: only one of the two is set" in said


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("desktop_hosts", DESKTOP.replace(KEY, "lk_wrong"), "chatbox_users[0].key: is not the key of ann-desktop"),
        ("gateway_hosts", GATEWAY.replace("ann-", ""), "chatbox_users[0].client: ann-desktop is no client of the"),
    ],
)
def test_a_key_that_opens_nothing_any_more_keeps_nobody_else_waiting(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    host = inventory.load(write(tmp_path, {**DESKTOPS, f"group_vars/{name}.yml": text})).host("desk1")
    desktop = host.must_have(WantedChatbox)
    (stale,) = desktop.stale
    assert f"{stale.place}: {stale.found}".startswith(said)
    assert "lk_" not in stale.model_dump_json()


def test_a_key_without_a_gateway_is_refused(tmp_path: Path) -> None:
    hosts = HOSTS.replace("gateway_hosts:\n  hosts:\n    gate1: {ansible_host: 192.0.2.30}\n", "gateway_hosts: {}\n")
    said = refused(tmp_path, **{"hosts.yml": hosts + "desktop_hosts: {hosts: {desk1: }}\n"})
    assert "chatbox_users[0].key: is for a gateway, and the inventory has none" in said


def test_a_version_that_cannot_name_a_folder(tmp_path: Path) -> None:
    said = refused(tmp_path, **{"group_vars/desktop_hosts.yml": DESKTOP.replace("1.20.0", "../x")})
    assert 'INV/group_vars/desktop_hosts.yml:3: chatbox_version: "../x" cannot name a folder' in said


def test_desktops_without_a_gateway_ask_the_first_llm_host(tmp_path: Path) -> None:
    hosts = "llm_hosts: {hosts: {gpu01: {ansible_host: 192.0.2.1}}}\ndesktop_hosts: {hosts: {desk1: }}\n"
    files = {"hosts.yml": hosts, "group_vars/desktop_hosts.yml": "chatbox_users: [{user: ann}]\n"}
    with pytest.raises(Refusal, match="its door asks for a certificate, and Chatbox on desk1 can show none"):
        inventory.load(write(tmp_path, files))
    files["group_vars/llm_hosts.yml"] = "ollama_api_tls: none\n"
    host = inventory.load(write(tmp_path, files)).host("desk1")
    desktop = host.must_have(WantedChatbox)
    assert (desktop.provider, desktop.url, desktop.clients) == ("ollama", "http://192.0.2.1:11434", ())
