"""A chat that asks a gateway, over TLS and with a key of its own, from a network that holds loopback alone."""

import json

import pytest
import yaml
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ca_files, ca_place, internal_ca, leaf_certificate

from llamakeep_lab.machine import File

pytestmark = pytest.mark.lab

KEY = "lk_" + "k3y-of_the-chat" * 3


@pytest.fixture(scope="module")
def gateway(chat):
    """Have the other host be a gateway, and the chat ask it."""
    made = internal_ca.make(["ai.example"], internal_ca.now())
    ca_files.write(chat.folder / ca_place.FOLDER, made)
    leaf = leaf_certificate.issue(made, ["api.ai.example"], internal_ca.now())
    chat.models.put_all({"/root/gateway.pem": File(leaf.encode(), 0o600)})
    serve = ["python3", "/root/fake_models.py", chat.models.address4, "8443", "/root/gateway.pem", KEY]
    chat.models.exec(["systemctl", "stop", "fake-gateway"], check=False)
    chat.models.exec(["systemd-run", "--collect", "--unit", "fake-gateway", *serve])
    before = (chat.folder / "hosts.yml").read_text()
    hosts = yaml.safe_load(before)
    settings = hosts["chat_hosts"]["hosts"]["chat"]
    del settings["open_webui_backend"]
    settings["open_webui_backend_key"] = KEY
    there = {"gateway_domain": "ai.example", "gateway_addresses": [chat.models.address4], "gateway_https_port": 8443}
    hosts["gateway_hosts"] = {"hosts": {"gateway": there}}
    (chat.folder / "hosts.yml").write_text(yaml.safe_dump(hosts))
    done = chat.converge("-vvv", "--diff")
    assert done.code == 0, done.text[-4000:]
    assert KEY not in done.text
    yield chat
    (chat.folder / "hosts.yml").write_text(before)
    chat.models.exec(["systemctl", "stop", "fake-gateway"], check=False)
    assert chat.converge().code == 0


def test_models_are_asked_by_the_gateways_name_and_with_the_key(gateway):
    code, text = gateway.ask("/api/models", token=gateway.log_in())
    journal = gateway.sh("journalctl -u open-webui -u open-webui-models --no-pager --output cat --lines 20")
    assert (code, [model["id"] for model in json.loads(text)["data"]]) == (200, ["tiny:1b", "tool:1b"]), journal
    body = {"model": "tiny:1b", "stream": True, "messages": [{"role": "user", "content": "and?"}]}
    assert "Paris" in gateway.ask("/api/chat/completions", body, gateway.log_in())[1]


def test_it_is_still_sealed(gateway):
    seen = gateway.sh("tail -n +3 /proc/$(systemctl show -P MainPID open-webui)/net/dev | cut -d: -f1")
    assert seen.split() == ["lo"]


def test_the_key_is_nowhere_but_with_root(gateway):
    assert gateway.sh("stat -c '%U %a' /etc/llamakeep/open_webui/backend_key") == "root 600"
    said = gateway.sh("journalctl --no-pager --output cat; ps axww; cat /etc/systemd/system/open-webui*.service")
    assert KEY not in said


def test_a_second_run_changes_nothing(gateway):
    again = gateway.converge()
    assert (again.code, again.changed) == (0, 0), again.text


def test_another_key_is_told_to_the_service(gateway):
    path = gateway.folder / "hosts.yml"
    path.write_text(path.read_text().replace(KEY, f"{KEY}x"))
    assert gateway.converge().code == 0
    code, text = gateway.ask("/api/models", token=gateway.log_in())
    assert (code, json.loads(text)["data"]) == (200, [])
    path.write_text(path.read_text().replace(f"{KEY}x", KEY))
    assert gateway.converge().code == 0
