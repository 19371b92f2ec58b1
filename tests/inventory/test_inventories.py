"""The sample inventories in `inventories/`: each is one that the kit takes, and shows as its README says."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from llamakeep import inventory
from llamakeep.errors import Refusal
from llamakeep.inventory import page
from llamakeep.inventory.fleet import Fleet
from llamakeep.services.open_webui.wanted import WantedOpenWebui

SAMPLES = Path(__file__).resolve().parents[2] / "inventories"
GROUPS = {
    "one-host": {"ai01": {"llm_hosts", "chat_hosts", "gateway_hosts"}},
    "office": {
        "llm01": {"llm_hosts"},
        "llm02": {"llm_hosts"},
        "chat01": {"chat_hosts"},
        "gate01": {"gateway_hosts"},
    },
    "fleet": {
        "gate-b1": {"berlin", "gateway_hosts"},
        "chat-b1": {"berlin", "chat_hosts"},
        "gpu-b1": {"berlin", "llm_hosts"},
        "gpu-b2": {"berlin", "llm_hosts"},
        "gpu-l1": {"lisbon", "llm_hosts"},
        "gpu-l2": {"lisbon", "llm_hosts"},
    },
}
DOCUMENTATION = re.compile(r"192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|127\.0\.0\.1")
OPENS = "ANSIBLE_VAULT_PASSWORD_FILE"


@pytest.fixture(scope="module")
def fleets() -> dict[str, Fleet]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OPENS, str(SAMPLES / "fleet" / "sample-vault-password.txt"))
        return {name: inventory.load(str(SAMPLES / name)) for name in GROUPS}


def shown(fleet: Fleet) -> str:
    out = io.StringIO()
    page.show(fleet, Console(file=out, width=220, highlight=False))
    return out.getvalue()


def test_there_is_no_other() -> None:
    found = {path.name for path in SAMPLES.iterdir() if path.is_dir() and not path.name.startswith("lab")}
    assert found == set(GROUPS)


@pytest.mark.parametrize("name", GROUPS)
def test_its_hosts_are_in_their_groups(fleets: dict[str, Fleet], name: str) -> None:
    assert {host.name: set(host.groups) for host in fleets[name].hosts} == GROUPS[name]
    assert all(host.is_managed for host in fleets[name].hosts)


@pytest.mark.parametrize("name", GROUPS)
def test_it_is_shown_with_every_host_and_its_models(fleets: dict[str, Fleet], name: str) -> None:
    said = shown(fleets[name])
    assert [host for host in GROUPS[name] if host not in said] == []
    assert "mistral:latest" in said
    assert "https://chat.example.org" in said


@pytest.mark.parametrize("name", GROUPS)
def test_it_has_a_readme_and_addresses_of_the_documentation_alone(name: str) -> None:
    folder = SAMPLES / name
    assert f"llamakeep show -i inventories/{name}" in (folder / "README.md").read_text(encoding="utf-8")
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.suffix in {".yml", ".md"}]
    addresses = [address for text in texts for address in re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", text)]
    assert addresses
    assert [address for address in addresses if not DOCUMENTATION.match(address)] == []


def test_a_site_says_what_differs_there(fleets: dict[str, Fleet]) -> None:
    serving = [host for host in fleets["fleet"].hosts if "ollama" in host.services]
    parallel = {host.name: host.inputs["ollama_num_parallel"] for host in serving}
    assert parallel == {"gpu-b1": 4, "gpu-b2": 4, "gpu-l1": 1, "gpu-l2": 1}


def test_the_chat_of_the_fleet_asks_the_gateway_with_the_key_from_the_vault(fleets: dict[str, Fleet]) -> None:
    chat = fleets["fleet"].host("chat-b1").must_have(WantedOpenWebui)
    assert chat.backend == "192.0.2.10:443"
    assert "lk_sample" not in shown(fleets["fleet"])


def test_without_its_password_the_vault_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OPENS, raising=False)
    with pytest.raises(Refusal, match="vault"):
        inventory.load(str(SAMPLES / "fleet"))
