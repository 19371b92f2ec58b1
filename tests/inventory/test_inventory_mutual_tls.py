"""What an inventory says of TLS between its hosts: whose doors ask for certificates, and who has one to show."""

from pathlib import Path

from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import CERTIFICATE
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca, hosts_ca_files
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.internal_ca import now
from test_inventory_front import ALL, FILES, write

from llamakeep import inventory
from llamakeep.services.mutual_tls.wanted import WantedTls
from llamakeep.services.ollama.wanted import WantedOllama


def test_a_door_in_the_network_asks_for_certificates_and_is_on_loopback_too(tmp_path: Path) -> None:
    settings = ALL.replace('["127.0.0.1", "{{ ansible_host }}"]', '["{{ ansible_host }}"]')
    fleet = inventory.load(write(tmp_path, {**FILES, "group_vars/all.yml": settings}))
    door = fleet.host("gpu01").must_have(WantedOllama).door
    assert (door.at, door.mutual) == (("127.0.0.1", "192.0.2.1"), True)
    assert fleet.host("gpu01").must_have(WantedTls).name == "gpu01"
    assert fleet.host("gpu01").lays(CERTIFICATE)
    assert fleet.host("gpu01").inputs["fleet:allowed_clients"]["names"] == ["all-in-one", "chat01", "gate1"]


def test_where_every_door_is_plain_nobody_has_a_certificate(tmp_path: Path) -> None:
    settings = ALL + "ollama_api_tls: none\nopen_webui_tls: none\n"
    fleet = inventory.load(write(tmp_path, {**FILES, "group_vars/all.yml": settings}))
    for host in fleet.hosts[:-1]:
        assert (host.must_have(WantedTls).name, host.lays(CERTIFICATE)) == ("", False)
    assert not fleet.host("gpu01").must_have(WantedOllama).door.mutual


def test_a_program_outside_of_the_fleet_is_shut_out_until_it_has_a_certificate(tmp_path: Path) -> None:
    settings = ALL.replace("[gateway_hosts, chat_hosts]", "[gateway_hosts, untrusted]")
    settings += "open_webui_backend: 192.0.2.77:11434\n"
    folder = write(tmp_path, {**FILES, "group_vars/all.yml": settings})
    assert inventory.load(folder).host("gpu01").must_have(WantedTls).shut_out == ("outsider",)
    (folder / ".ca").mkdir()
    ca, _ = hosts_ca_files.obtain(folder / ".ca" / "hosts")
    hosts_ca_files.issue(folder / ".ca" / "hosts", ca, "outsider", now())
    assert inventory.load(folder).host("gpu01").must_have(WantedTls).shut_out == ()
    hosts_ca_files.revoke(folder / ".ca" / "hosts", ca, "outsider", now())
    assert inventory.load(folder).host("gpu01").must_have(WantedTls).shut_out == ("outsider",)


def test_whether_the_present_root_has_issued_a_host_its_certificate_is_read_from_its_index(tmp_path: Path) -> None:
    folder = write(tmp_path, FILES)
    assert not inventory.load(folder).host("gpu01").must_have(WantedTls).serials
    (folder / ".ca").mkdir()
    place = folder / ".ca" / "hosts"
    ca, _ = hosts_ca_files.obtain(place)
    hosts_ca_files.issue(place, ca, "gpu01", now())
    fleet = inventory.load(folder)
    issued = [name for name in ("gpu01", "gpu02") if fleet.host(name).must_have(WantedTls).serials]
    assert issued == ["gpu01"]
    hosts_ca_files.replace_root(place, hosts_ca.make(now()))
    assert not inventory.load(folder).host("gpu01").must_have(WantedTls).serials
