"""The chat and the gateway of a lab, as its inventory describes them."""

import yaml

from llamakeep.keys import file as keyfile
from llamakeep_lab import front, inventory, part
from llamakeep_lab.inventory import Entry

ENTRIES = (
    Entry("llm1", "llm_hosts", "192.0.2.11", "2001:db8::b"),
    Entry("chat1", "chat_hosts", "192.0.2.5", "2001:db8::5"),
    Entry("gateway1", "gateway_hosts", "192.0.2.4", "2001:db8::4"),
)


def test_a_lab_with_a_front_has_a_gateway_and_a_chat():
    groups = {each.name: each.group for each in part.roster(1, front=True)}
    assert groups["gateway1"] == "gateway_hosts"
    assert groups["chat1"] == "chat_hosts"


def test_a_lab_without_one_has_a_client_at_the_same_place():
    without, having = ({p.name: p for p in part.roster(1, front=front)} for front in (False, True))
    assert "gateway1" not in without
    assert (without["chat1"].group, without["chat1"].place) == ("clients", having["chat1"].place)


def test_only_the_gateway_asks_the_models_and_the_chat_asks_the_gateway():
    texts = inventory.render(ENTRIES, "0.34.4-standin", ["smollm2:135m"], "http://192.0.2.6:5000")
    assert yaml.safe_load(texts["group_vars/llm_hosts.yml"])["ollama_api_groups"] == ["gateway_hosts"]
    chat = yaml.safe_load(texts["group_vars/chat_hosts/chat.yml"])
    assert chat["open_webui_index"] == "http://192.0.2.6:5000/simple/"
    assert chat["open_webui_groups"] == ["gateway_hosts"]
    assert yaml.safe_load(texts["group_vars/gateway_hosts/gateway.yml"])["gateway_domain"] == front.DOMAIN


def test_the_chats_key_and_password_stay_for_the_next_run(tmp_path):
    (tmp_path / "group_vars" / "chat_hosts").mkdir(parents=True)
    front.hand_keys(tmp_path)
    path = tmp_path / "group_vars" / "chat_hosts" / "secrets.yml"
    made = yaml.safe_load(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert made["open_webui_backend_key"] not in keyfile.path_for(str(tmp_path)).read_text()
    front.hand_keys(tmp_path)
    assert yaml.safe_load(path.read_text()) == made
    assert front.password(tmp_path) == made["open_webui_admin_password"]


def test_a_key_of_which_nobody_knows_the_text_is_replaced(tmp_path):
    (tmp_path / "group_vars" / "chat_hosts").mkdir(parents=True)
    front.hand_keys(tmp_path)
    before = keyfile.read(str(tmp_path))[front.CLIENT].sha256
    (tmp_path / "group_vars" / "chat_hosts" / "secrets.yml").unlink()
    front.hand_keys(tmp_path)
    assert keyfile.read(str(tmp_path))[front.CLIENT].sha256 != before
