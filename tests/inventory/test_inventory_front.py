"""Inventories with a front door: what chats and gateways should be, and what is refused of them at once."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit as kit_files
from hypothesis import given
from hypothesis import strategies as st

from llamakeep import collection, inventory
from llamakeep.errors import Refusal, Refusals
from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.doors import meets
from llamakeep.inventory.fleet import Fleet
from llamakeep.inventory.recorded import recorded
from llamakeep.observe.ask import units_of
from llamakeep.services.gateway.wanted.record import WantedGateway
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.open_webui.wanted import Stage, WantedOpenWebui

LOCK = (Path(__file__).parent / "llamakeep.lock").read_text(encoding="utf-8")
HOSTS = """\
llm_hosts:
  hosts:
    gpu01: {ansible_host: 192.0.2.1, ollama_models_names: [mistral]}
    gpu02: {ansible_host: 192.0.2.2, ollama_num_parallel: 4}
    all-in-one: {ansible_host: 192.0.2.9}
chat_hosts:
  hosts:
    chat01: {ansible_host: 192.0.2.21}
    all-in-one:
gateway_hosts:
  hosts:
    gate1: {ansible_host: 192.0.2.30}
untrusted:
  hosts:
    outsider: {ansible_host: 192.0.2.99}
"""
ALL = """\
gateway_domain: example.org
ollama_api_addresses: ["127.0.0.1", "{{ ansible_host }}"]
ollama_api_groups: [gateway_hosts, chat_hosts]
open_webui_addresses: ["127.0.0.1", "{{ ansible_host }}"]
open_webui_groups: [gateway_hosts]
"""
SHA256, OLD, ANOTHER = "ab" * 32, "cd" * 32, "ef" * 32
GATEWAY = f"""\
gateway_addresses: ["{{{{ ansible_host }}}}"]
gateway_keys:
  ann: {{sha256: "{SHA256}", created: "2026-11-20", rate: 60, previous: [{{sha256: "{OLD}", until: "2026-11-27"}}]}}
  robot: {{sha256: "{ANOTHER}", created: "2026-01-02"}}
"""
FILES = {"hosts.yml": HOSTS, "group_vars/all.yml": ALL, "group_vars/gateway_hosts.yml": GATEWAY, "llamakeep.lock": LOCK}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    folder = write(tmp_path_factory.mktemp("office"), FILES)
    (folder / ".ca" / "hosts").mkdir(parents=True)
    (folder / ".ca" / "root.crt").write_text("the root\n")
    (folder / ".ca" / "hosts" / "root.crt").write_text("the root between hosts\n")
    (folder / ".ca" / "hosts" / "root.crl").write_text("whom it revoked\n")
    return inventory.load(folder)


def test_a_host_is_managed_that_any_role_manages(fleet: Fleet) -> None:
    assert {host.name: host.is_managed for host in fleet.hosts} == {
        "gpu01": True,
        "gpu02": True,
        "all-in-one": True,
        "chat01": True,
        "gate1": True,
        "outsider": False,
    }
    assert fleet.host("outsider").inputs == {}


def test_a_chat_asks_through_a_door_or_joins_the_seal(fleet: Fleet) -> None:
    chat = fleet.host("chat01").service(WantedOpenWebui)
    assert (chat.url, chat.sealed_with, chat.backend) == ("https://chat.example.org", "", "192.0.2.1:11434")
    assert (chat.door.name, chat.door.into, chat.door.port) == ("open-webui-web", "open-webui.service", 8080)
    assert (chat.door.at, chat.door.sources) == (("127.0.0.1", "192.0.2.21"), ("192.0.2.30",))
    both = fleet.host("all-in-one")
    assert both.service(WantedOllama) is not None
    chat = both.must_have(WantedOpenWebui)
    assert (chat.sealed_with, chat.backend) == ("ollama.service", "")
    units = units_of(both)
    assert {"open-webui.service", "ollama.service"} <= {*units}
    assert "open-webui-models.socket" not in units  # it is in Ollama's own network, and has no way out


def test_a_gateway_knows_its_models_chats_and_keys_by_name(fleet: Fleet) -> None:
    gateway = fleet.host("gate1").service(WantedGateway)
    assert gateway is not None
    assert (gateway.domain, gateway.addresses, gateway.port) == ("example.org", ("192.0.2.30",), 443)
    assert gateway.certificate == "internal"
    assert gateway.models == {"mistral:latest": ("gpu01",)}
    assert set(gateway.chats) == {"chat01", "all-in-one"}
    assert [(key.name, key.created, key.until) for key in gateway.keys] == [
        ("ann", "2026-11-20", ""),
        ("ann", "", "2026-11-27"),
        ("robot", "2026-01-02", ""),
    ]
    assert SHA256 not in fleet.model_dump_json()


def test_a_host_has_the_inputs_of_its_own_roles(fleet: Fleet) -> None:
    names = {host.name: {name.split("_")[0] for name in host.inputs} for host in fleet.hosts}
    assert names["gpu02"] == {"firewall", "ollama", "lock:ollama", "fleet:allowed", "fleet:tls"}
    assert names["chat01"] == {"firewall", "open", "fleet:chat", "fleet:upstream", "fleet:tls", "fleet:root"}
    assert names["gate1"] == {"firewall", "gateway", "fleet:routes", "fleet:tls", "fleet:root"}
    assert fleet.host("gate1").inputs["fleet:root"] == "the root\n"
    trusted = {host.name: host.inputs.get("fleet:tls") for host in fleet.hosts}
    assert trusted.pop("outsider") is None
    assert len({tuple(one.items()) for one in trusted.values()}) == 1
    assert all(trusted["gpu01"].values())


THEIRS = """
import json, sys
from pathlib import Path
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.options import read
from llamakeep.inventory.reader import Reader
roles, given, path = Path(sys.argv[1]), json.load(sys.stdin), sys.argv[2]
reader = Reader(sorted({option.defaults for option in read(roles).values()}))
reader.load(path)
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import effective, inputs, kit, lock, neighbours
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ca_place
variables = {"ansible_inventory_sources": [path]}
locked, ca = lock.read(lock.find(variables)), ca_place.folder_of(variables)
option, groups = effective.option_of(reader.hostvars, {}), reader.members()
print(json.dumps({"kit": kit.version(), "inputs": {
    name: {**inputs.inputs(host["inputs"].get, host["groups"], locked),
           **neighbours.neighbours(name, groups, reader.hostvars, option, locked, ca)}
    for name, host in given.items()}}))
"""


def test_the_receipt_is_made_from_the_same_inputs(fleet: Fleet) -> None:
    """The action plugin `receipt` and the inventory must agree, or every plan would find a difference."""
    ours = {host.name: reveal(host.inputs) for host in fleet.hosts if host.is_managed}
    given = {name: {"inputs": inputs, "groups": fleet.host(name).groups} for name, inputs in ours.items()}
    done = subprocess.run(
        [sys.executable, "-c", THEIRS, str(collection.root() / "roles"), fleet.inventory],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = json.loads(done.stdout)
    assert theirs["kit"] == kit_files.version()
    assert theirs["inputs"] == {name: json.loads(json.dumps(recorded(inputs))) for name, inputs in ours.items()}


def test_the_gateway_serves_the_chat_its_models(tmp_path: Path) -> None:
    settings = ALL + "open_webui_backend_key: lk-geheim-1234567890\n"
    host = inventory.load(write(tmp_path, {**FILES, "group_vars/all.yml": settings})).host("chat01")
    chat = host.must_have(WantedOpenWebui)
    assert (chat.backend, chat.sealed_with) == ("192.0.2.30:443", "")


def test_a_chat_alone_may_ask_somebody_beyond_the_inventory(tmp_path: Path) -> None:
    folder = write(tmp_path, {"hosts": "[chat_hosts]\na open_webui_backend=192.0.2.77:11434\n"})
    (host,) = inventory.load(folder).hosts
    assert host.service(WantedOpenWebui) is not None
    assert (host.service(WantedOpenWebui).backend, host.service(WantedOpenWebui).url) == (
        "192.0.2.77:11434",
        "http://127.0.0.1:8080",
    )
    assert host.service(WantedOllama) is None


def refused(folder: Path, changed: dict[str, str]) -> str:
    with pytest.raises(Refusal) as refusal:
        inventory.load(write(folder, {**FILES, **changed}))
    return str(refusal.value).replace(str(folder), "INV")


def test_everything_that_is_wrong_with_the_front_door_is_said_at_once(tmp_path: Path) -> None:
    said = refused(
        tmp_path,
        {
            "group_vars/all.yml": ALL.replace("gateway_domain: example.org", "gateway_domain: ''")
            + "open_webui_environment: {ENABLE_SIGNUP: 'true'}\nopen_webui_data: /var/lib/two words\n"
            + "open_webui_url: chat.example.org/chat\nopen_webui_port: 99999\nopen_webui_version: 0.1.2\n"
            + "open_webui_index: pypi\n",
            "group_vars/gateway_hosts.yml": GATEWAY.replace(ANOTHER, "abc").replace("robot", "a b")
            + "gateway_rate: 0\ngateway_metrics_port: 443\n",
        },
    )
    assert "INV/group_vars/all.yml:1: gateway_domain: is not set\n  expected: a domain" in said
    assert "INV/group_vars/gateway_hosts.yml:2: gateway_keys.a b: is no name for a client" in said
    assert "INV/group_vars/gateway_hosts.yml:2: gateway_keys.a b: has no sha256 of a key" in said
    assert "→ remove the client's lines, then: llamakeep key add a b -i …" in said
    assert "INV/group_vars/gateway_hosts.yml:5: gateway_rate: 0 is out of bounds\n  expected: 1 to 1000000" in said
    assert "INV/group_vars/gateway_hosts.yml:6: gateway_metrics_port: is gateway_https_port as well" in said
    assert "INV/group_vars/all.yml:6: open_webui_environment: ENABLE_SIGNUP: set by the role" in said
    assert 'INV/group_vars/all.yml:7: open_webui_data: "/var/lib/two words" cannot stand there' in said
    assert "INV/group_vars/all.yml:8: open_webui_url:" in said
    assert "INV/group_vars/all.yml:9: open_webui_port: " in said
    assert "1 to 65535" in said
    assert "INV/group_vars/all.yml:10: open_webui_version: 0.1.2 is not locked as slim" in said
    assert "INV/group_vars/all.yml:11: open_webui_index: " in said


def test_doors_that_do_not_let_the_gateway_in_are_refused_where_they_are_written(tmp_path: Path) -> None:
    closed = ALL.replace("ollama_api_groups: [gateway_hosts, chat_hosts]", "ollama_api_groups: [chat_hosts]")
    closed = closed.replace('open_webui_addresses: ["127.0.0.1", "{{ ansible_host }}"]\n', "")
    said = refused(tmp_path, {"group_vars/all.yml": closed})
    assert "INV/group_vars/all.yml:3: ollama_api_groups of gpu01: names no group of gate1" in said
    assert "set ollama_api_groups: [chat_hosts, gateway_hosts] for gpu02" in said
    assert "INV: chat01: open_webui_addresses of chat01: has loopback alone, where gate1 cannot connect" in said


def test_a_chat_is_refused_where_nobody_would_answer_it(tmp_path: Path) -> None:
    closed = ALL.replace("ollama_api_groups: [gateway_hosts, chat_hosts]", "ollama_api_groups: [gateway_hosts]")
    said = refused(tmp_path / "llm", {"group_vars/all.yml": closed})
    assert "INV/group_vars/all.yml:3: ollama_api_groups of gpu01: names no group of chat01" in said
    assert "set ollama_api_groups: [gateway_hosts, chat_hosts] for gpu01" in said
    loopback = GATEWAY.replace("{{ ansible_host }}", "127.0.0.1")
    keyed = ALL + "open_webui_backend_key: lk-geheim-1234567890\n"
    said = refused(tmp_path / "gate", {"group_vars/all.yml": keyed, "group_vars/gateway_hosts.yml": loopback})
    assert "INV/group_vars/gateway_hosts.yml:1: gateway_addresses of gate1: has loopback alone, where chat01" in said


def test_a_chat_asks_where_the_other_listens_and_not_where_it_is_managed(tmp_path: Path) -> None:
    hosts = HOSTS.replace("gate1: {ansible_host: 192.0.2.30}", "gate1: {ansible_host: 10.0.0.30}")
    hosts = hosts.replace("gpu01: {", "gpu01: {ollama_api_addresses: [192.0.2.1], ").replace(
        "192.0.2.1, ollama_m", "10.0.0.1, ollama_m"
    )
    spoken = "firewall_addresses: [192.0.2.0/28]\n"
    files = {"hosts.yml": hosts, "host_vars/gpu01.yml": spoken, "host_vars/gate1.yml": spoken}
    files["group_vars/gateway_hosts.yml"] = GATEWAY.replace("{{ ansible_host }}", "192.0.2.30")
    host = inventory.load(write(tmp_path / "llm", {**FILES, **files})).host("chat01")
    chat = host.must_have(WantedOpenWebui)
    assert chat.backend == "192.0.2.1:11434"
    files["group_vars/all.yml"] = ALL + "open_webui_backend_key: lk-geheim-1234567890\n"
    host = inventory.load(write(tmp_path / "gate", {**FILES, **files})).host("chat01")
    chat = host.must_have(WantedOpenWebui)
    assert chat.backend == "192.0.2.30:443"


def test_a_chat_beside_an_open_ollama_asks_where_that_listens(tmp_path: Path) -> None:
    own = 'ollama_network: open\nollama_api_addresses: ["192.0.2.9"]\n'
    host = inventory.load(write(tmp_path, {**FILES, "host_vars/all-in-one.yml": own})).host("all-in-one")
    both = host.must_have(WantedOpenWebui)
    assert (both.sealed_with, both.backend) == ("", "192.0.2.9:11434")


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ("[gateway_hosts]\ng gateway_domain=example.org\n", "no host is in the group llm_hosts"),
        ("[chat_hosts]\nc\n", "no host is in the group llm_hosts"),
        (
            "[llm_hosts]\na ansible_host=192.0.2.1\n[chat_hosts]\na open_webui_port=11434\n",
            "open_webui_port of a is 11434",
        ),
        ("[llm_hosts]\na\n[chat_hosts]\nc open_webui_groups=\"['gateway_host']\"\n", "has no group gateway_host"),
    ],
)
def test_front_doors_that_cannot_be(tmp_path: Path, hosts: str, said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        inventory.load(write(tmp_path, {"hosts": hosts}))
    assert said in str(refusal.value)


def test_a_person_named_twice(tmp_path: Path) -> None:
    users = [{"email": "Ann@example.org"}, {"email": "ann@example.org"}]
    inputs: dict[str, Any] = {"open_webui_users": users}
    (found,) = Stage().unreadable(inputs, lambda option: f"group_vars/chat_hosts.yml:3 {option}")
    assert found.found == "open_webui_users names ann@example.org twice"


def test_what_a_role_refuses_keeps_its_code(tmp_path: Path) -> None:
    settings = ALL + "open_webui_version: 0.1.2\nopen_webui_port: 99999\n"
    with pytest.raises(Refusals) as refusal:
        inventory.load(write(tmp_path, {**FILES, "group_vars/all.yml": settings}))
    said = {(one.id, one.place.rpartition("/")[2], one.remedy) for one in refusal.value.all}
    assert (
        "release-not-locked",
        "all.yml:6",
        "choose one of them, or lock it: make lock-open-webui OPEN_WEBUI=0.1.2",
    ) in said
    assert ("value-malformed", "all.yml:7", "choose another one") in said


@pytest.mark.parametrize(
    ("option", "wrong", "right"),
    [
        ("open_webui_memory_limit", ["4 GB", "0", "101%", "", "4G\nUser=root"], ["4G", "50%", "infinity"]),
        ("ollama_memory_limit", ["95 %", "0%", "much"], ["100%", "48G", "infinity"]),
        ("open_webui_request_limit", [0, 999_999, -1], [1_000_000, 209_715_200]),
    ],
)
def test_a_limit_is_one_that_systemd_and_the_door_take(
    tmp_path: Path, option: str, wrong: list[object], right: list[object]
) -> None:
    for value in wrong:
        said = refused(tmp_path, {"group_vars/all.yml": f"{ALL}{option}: {json.dumps(value)}\n"})
        assert f"{option}: {json.dumps(str(value))} cannot stand there" in said
    for value in right:
        inventory.load(write(tmp_path, {**FILES, "group_vars/all.yml": f"{ALL}{option}: {json.dumps(value)}\n"}))


def test_a_certificate_that_nobody_gave_is_missed_before_any_host_is_touched(tmp_path: Path) -> None:
    said = refused(tmp_path, {"group_vars/gateway_hosts.yml": GATEWAY + "gateway_certificate: given\n"})
    assert "gateway_certificate_and_key: is empty, and gateway_certificate is given" in said


def test_a_directory_without_what_it_needs_is_refused_with_its_place(tmp_path: Path) -> None:
    said = refused(tmp_path, {"group_vars/all.yml": ALL + "open_webui_ldap_server: 192.0.2.40\n"})
    assert "INV/group_vars/all.yml:6: open_webui_ldap_server: 192.0.2.40 is an address" in said


ADDRESSES = st.ip_addresses().map(str) | st.sampled_from(["0.0.0.0", "::", "127.0.0.1", "::1"])


@given(st.lists(ADDRESSES, max_size=3), st.lists(ADDRESSES, max_size=3))
def test_doors_meet_both_ways(some: list[str], others: list[str]) -> None:
    assert meets(tuple(some), tuple(others)) == meets(tuple(others), tuple(some))
    assert meets(tuple(some), tuple(some)) == bool(some)
