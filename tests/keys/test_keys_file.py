"""The clients' file: found where Ansible reads it, changed line by line, refused with its line."""

import subprocess
import sys

import pytest
import yaml
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import clients as rule

from llamakeep import keys
from llamakeep.errors import Refusal
from llamakeep.keys import file
from llamakeep.keys.client import Client, Previous

A, B, C = "a" * 64, "b" * 64, "c" * 64
ANN = f"""gateway_keys:
  ann:
    sha256: "{A}"
    created: "2026-11-01"
"""


@pytest.fixture
def inventory(tmp_path):
    (tmp_path / "hosts.yml").write_text("all: {children: {gateway_hosts: {hosts: {gate1: }}}}\n")
    return tmp_path


def settle(inventory, text, name="gateway_hosts/keys.yml"):
    path = inventory / "group_vars" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_first_key_makes_the_file_with_a_header_and_no_key_in_it(inventory):
    issued = keys.add(str(inventory), "office-bot", rate=60)
    path = inventory / "group_vars" / "gateway_hosts" / "keys.yml"
    assert issued.path == str(path)
    assert path.stat().st_mode & 0o777 == 0o644
    text = path.read_text()
    assert text.startswith("---\n# Written by `llamakeep key`")
    assert issued.key.get_secret_value() not in text
    client = yaml.safe_load(text)["gateway_keys"]["office-bot"]
    assert set(client) == {"sha256", "created", "rate"}
    assert isinstance(client["created"], str)


def test_the_names_stand_in_their_order_whatever_the_order_of_their_coming(inventory):
    for name in ("zoe", "ann", "no", "bob", "1.0"):
        keys.add(str(inventory), name)
    text = file.path_for(str(inventory)).read_text()
    assert list(yaml.safe_load(text)["gateway_keys"]) == ["1.0", "ann", "bob", "no", "zoe"]
    assert '  "no":\n' in text


def test_a_groups_own_file_takes_the_keys_because_a_folder_would_hide_it(inventory):
    path = settle(inventory, "# ours\ngateway_domain: lab.example  # for now\n", "gateway_hosts.yml")
    keys.add(str(inventory), "ann")
    assert not (inventory / "group_vars" / "gateway_hosts").exists()
    assert path.read_text().startswith("# ours\ngateway_domain: lab.example  # for now\ngateway_keys:\n  ann:\n")


def test_ansible_sees_what_was_written(inventory):
    keys.add(str(inventory), "ann")
    said = subprocess.run(
        [sys.executable, "-m", "ansible", "inventory", "-i", str(inventory), "--host", "gate1"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert yaml.safe_load(said)["gateway_keys"].keys() == {"ann"}


def test_no_line_of_others_is_touched(inventory):
    text = f"""gateway_rate: 5
gateway_keys:
    # the night shift
    ann:
        sha256: "{A}"  # since May
        created: "2026-11-01"

    # nobody knows
    zoe: {{sha256: "{B}", created: "2026-11-02"}}
# the end
gateway_domain: lab.example
"""
    path = settle(inventory, text)
    keys.add(str(inventory), "max")
    keys.revoke(str(inventory), "max")
    assert path.read_text() == text


@pytest.mark.parametrize("empty", ["", "gateway_keys:\n", "gateway_keys: {}\n", "---\n", "gateway_keys: ~\n"])
def test_an_empty_list_takes_the_first_and_is_one_again_after_the_last(inventory, empty):
    path = settle(inventory, f"{empty}other: 1\n" if empty not in ("", "---\n") else empty)
    keys.add(str(inventory), "ann")
    assert file.read(str(inventory)).keys() == {"ann"}
    keys.revoke(str(inventory), "ann")
    assert file.read(str(inventory)) == {}
    assert yaml.safe_load(path.read_text())["gateway_keys"] == {}


def test_what_was_written_is_read_back_as_it_was(inventory):
    clients = {
        "ann": Client(sha256=A, created="2026-11-01", rate=9, previous=(Previous(sha256=B, until="2026-12-01"),)),
        "zoe": Client(sha256=C, created="2026-11-02"),
    }
    file.write(file.path_for(str(inventory)), {}, clients)
    assert file.read(str(inventory)) == clients
    assert rule.refusals(yaml.safe_load(file.path_for(str(inventory)).read_text())["gateway_keys"]) == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("- a list\n", 1, "no mapping"),
        ("gateway_keys: [ann]\n", 1, "is no mapping"),
        (f"{ANN}  12: {{sha256: '{B}', created: '2026-11-01'}}\n", 5, "no name"),
        (f"{ANN}  'a b': {{sha256: '{B}', created: '2026-11-01'}}\n", 5, "no name"),
        (f"{ANN}  ann: {{sha256: '{B}', created: '2026-11-01'}}\n", 5, "duplicate key ann"),
        (f"{ANN}  bob: {{sha256: '{A}', created: '2026-11-01'}}\n", 5, "bob has the same key as ann"),
        (f"{ANN}    rate: many\n", 5, "ann: rate is not what it should be"),
        (f"{ANN}    rate: 0\n", 5, "ann: rate"),
        (f"{ANN}    rates: 5\n", 5, "ann: rates is no setting of a client"),
        (f"{ANN}    previous:\n      - {{sha256: '{B}', until: 2026-11-01}}\n", 6, "ann: until"),
        (ANN.replace('"2026-11-01"', "2026-11-01"), 4, "ann: created"),
        (ANN.replace("2026-11-01", "2026-11-31"), 4, "ann: created"),
        (ANN.replace("2026-11-01", "20261101"), 4, "ann: created"),
        (ANN.replace("a" * 64, "a" * 63), 3, "ann: sha256"),
        (ANN.replace("sha256:", "sha512:"), 2, "ann: sha256 is missing"),
        (ANN.replace(f'"{A}"', "!vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      3132"), 3, "is not plain"),
        ("gateway_keys:\n  ann\n", 2, "no mapping"),
        ("gateway_keys:\n  ann:\n", 2, "ann: the client"),
        ("gateway_keys: {a: [\n", 2, "no valid YAML"),
        (ANN + ANN, 5, "duplicate key gateway_keys"),
    ],
)
def test_what_somebody_edited_wrongly_is_refused_with_its_line(inventory, text, line, words):
    path = settle(inventory, text)
    for verb in (keys.listed, lambda place: keys.add(place, "new")):
        with pytest.raises(Refusal, match=words) as refused:
            verb(str(inventory))
        assert refused.value.place == f"{path}:{line}"
    assert path.read_text() == text


def test_a_key_pasted_in_place_of_its_hash_is_not_said_back(inventory):
    settle(inventory, ANN.replace(A, "lk_" + "s" * 40))
    with pytest.raises(Refusal) as refused:
        file.read(str(inventory))
    assert "lk_" not in str(refused.value)
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    "text", ["{gateway_rate: 5}\n", "gateway_rate: 5\n...\n", '{"gateway_keys": {}, "gateway_rate": 5}\n']
)
def test_what_cannot_be_changed_line_by_line_is_refused_and_left(inventory, text):
    path = settle(inventory, text)
    with pytest.raises(Refusal, match="line by line"):
        keys.add(str(inventory), "ann")
    assert path.read_text() == text


def test_a_vaulted_file_is_refused(inventory):
    settle(inventory, "$ANSIBLE_VAULT;1.1;AES256\n3132\n")
    with pytest.raises(Refusal, match="needs no vault"):
        keys.add(str(inventory), "ann")


def test_secrets_of_others_in_the_same_file_are_no_hindrance(inventory):
    text = "chat_secret: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n"
    path = settle(inventory, text, "gateway_hosts.yml")
    keys.add(str(inventory), "ann")
    assert path.read_text().startswith(text)


def test_clients_that_stand_elsewhere_too_are_refused_with_their_place(inventory):
    other = settle(inventory, f"x: 1\n{ANN}", "all.yml")
    with pytest.raises(Refusal, match="is written here, beside") as refused:
        keys.add(str(inventory), "bob")
    assert refused.value.place == f"{other}:2"


def test_an_inventory_that_is_a_file_has_them_beside_it(inventory):
    keys.add(str(inventory / "hosts.yml"), "ann")
    assert file.read(str(inventory)).keys() == {"ann"}


def test_no_inventory_no_keys(tmp_path):
    with pytest.raises(Refusal, match="no such inventory"):
        keys.add(str(tmp_path / "none"), "ann")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(inventory, monkeypatch):
    path = settle(inventory, ANN)

    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file.os, "fsync", fails)
    with pytest.raises(Refusal, match="No space left"):
        keys.add(str(inventory), "bob")
    assert path.read_text() == ANN
    assert [one.name for one in path.parent.iterdir()] == ["keys.yml"]
