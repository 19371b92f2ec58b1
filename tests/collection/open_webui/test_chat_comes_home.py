"""A chat that asked somewhere else asks the Ollama of its own host, in that one's network, when it is told to."""

import json
import shutil

import pytest
import yaml

pytestmark = pytest.mark.lab

ROLES = ["firewall", "ollama", "ollama_models", "open_webui", "receipt"]
LEAVE = r"""
systemctl disable --now ollama-api.socket ollama-api.service ollama-manage.socket ollama-manage.service ollama.service
rm -rf /etc/systemd/system/ollama* /opt/llamakeep/ollama /usr/share/ollama /usr/local/bin/ollama
systemctl daemon-reload
userdel ollama
python3 - <<'END'
import json
path = "/var/lib/llamakeep/receipt.json"
receipt = json.load(open(path))
receipt["roles"] = {role: left for role, left in receipt["roles"].items() if not role.startswith("ollama")}
json.dump(receipt, open(path, "w"))
END
true
"""


@pytest.fixture(scope="module")
def home(chat, lab):
    """Have the chat's host be one of the llm hosts too."""
    before = {name: (chat.folder / name).read_text() for name in ("hosts.yml", "chat.yml")}
    own = yaml.safe_load((lab.inventory / "group_vars" / "llm_hosts.yml").read_text())
    hosts = yaml.safe_load(before["hosts.yml"])
    settings = hosts["chat_hosts"]["hosts"]["chat"]
    settings |= {name: own[name] for name in ("ollama_version", "ollama_models_names", "ollama_models_sources")}
    hosts["llm_hosts"] = {"hosts": {"chat": {}}}
    play = {"hosts": "chat_hosts", "gather_facts": False, "become": True}
    play["roles"] = [f"llamakeep.fleet.{role}" for role in ROLES]
    (chat.folder / "hosts.yml").write_text(yaml.safe_dump(hosts))
    (chat.folder / "chat.yml").write_text(yaml.safe_dump([play]))
    shutil.copy(lab.inventory / "llamakeep.lock", chat.folder)
    yield chat
    for name, text in before.items():
        (chat.folder / name).write_text(text)
    (chat.folder / "llamakeep.lock").unlink()
    assert chat.converge().code == 0
    chat.sh(LEAVE, check=False)


def models(chat):
    return [model["id"] for model in json.loads(chat.ask("/api/models", token=chat.log_in())[1])["data"]]


def hears(chat, port):
    """Say whether anything listens on a port of the chat's own network."""
    listing = chat.sh("tail -n +2 /proc/$(systemctl show -P MainPID open-webui)/net/tcp")
    return any(f":{port:04X}" in line.split()[1] and line.split()[3] == "0A" for line in listing.splitlines())


def test_it_comes_home_and_goes_again_without_a_step_by_hand(home):
    with home.given(open_webui_backend=""):
        done = home.converge()
    assert done.code == 0, done.text[-4000:]
    assert hears(home, 11434)
    assert "smollm2:135m" in models(home)
    done = home.converge()
    assert done.code == 0, done.text[-4000:]
    assert models(home) == ["tiny:1b", "tool:1b"]
