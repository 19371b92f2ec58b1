"""Where the gateway's user may speak to: the doors behind it, and nowhere else; and nothing where that is not so."""

import pytest

from .conftest import PORT

pytestmark = pytest.mark.lab
CURL = "curl -s -o /dev/null -m 5 -w '%{http_code}'"


def asked(gateway, url, user="llamakeep-gateway"):
    return gateway.sh(f"runuser -u {user} -- {CURL} {url}", check=False)


def test_its_user_reaches_the_doors_behind_it_and_nothing_else(gateway):
    llm = gateway.hosts["llm-a"].address4
    elsewhere = [f"http://{llm}:22", f"http://{gateway.machine.address4}:5000", "http://127.0.0.1:5000"]
    assert asked(gateway, f"http://{llm}:{PORT}/api/version") == "200"
    assert [asked(gateway, url) for url in elsewhere] == ["000"] * 3
    # Nothing but the rule is in the way.
    assert asked(gateway, elsewhere[1], "root") != "000"
    for family in ("-4", "-6"):
        said = gateway.sh(f"runuser -u llamakeep-gateway -- {CURL} {family} http://localhost:22; echo $?", check=False)
        assert said == "0007", said  # curl's word for a refused connection


def test_no_other_user_of_its_host_passes_by_its_keys_and_limits(gateway):
    for name in gateway.hosts:
        door = f"http://{gateway.hosts[name].address4}:{PORT}/api/version"
        assert [asked(gateway, door, user) for user in ("llamakeep-gateway", "root")] == ["200", "200"]
        assert [asked(gateway, door, user) for user in ("nobody", "daemon")] == ["000", "000"]


def test_it_opens_no_connection_from_a_port_where_it_listens(gateway):
    llm = gateway.hosts["llm-a"].address4
    words = "runuser -u llamakeep-gateway -- curl -s -m 5 --local-port 8405 --interface 127.0.0.9 http://127.0.0.1:22"
    assert gateway.sh(f"{words}; echo $?", check=False) == "7"
    assert asked(gateway, f"--local-port 8405 http://{llm}:22") == "000"


def test_without_the_rule_it_does_not_run_and_with_it_it_runs_again(gateway):
    gateway.sh("nft delete table inet llamakeep; systemctl restart llamakeep-gateway", check=False)
    assert gateway.sh("systemctl is-active llamakeep-gateway", check=False) != "active"
    assert "does not confine the gateway: apply the role firewall" in gateway.journal()
    gateway.sh("systemctl stop llamakeep-gateway")
    done = gateway.converge()
    assert done.code == 0, done.text
    gateway.wait_for(2)
    assert gateway.ask("/api/tags").status == 200


def test_with_the_firewall_stopped_it_stops_and_the_next_connection_brings_both_back(gateway):
    gateway.sh("systemctl stop llamakeep-firewall")
    assert gateway.sh("systemctl is-active llamakeep-gateway", check=False) == "inactive"
    assert gateway.ask("/api/tags").status == 200
    assert "jump gateway" in gateway.sh("nft list table inet llamakeep")
    assert gateway.converge("--check").changed == 0
