"""The certificate by ACME, from a real ACME server (Debian's `pebble`) on another host of the lab."""

import json
import threading
import time

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import internal_ca
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.leaf_certificate import issue

pytestmark = pytest.mark.lab
SERVER = "acme.gate.example"
PRESENT = "/etc/llamakeep/gateway/acme.pem"
LINEAGE = "/var/lib/llamakeep-acme/config/{live,archive,renewal}"
CONFIG = {
    "listenAddress": "0.0.0.0:14000",
    "managementListenAddress": "0.0.0.0:15000",
    "certificate": "/root/acme/server.pem",
    "privateKey": "/root/acme/server.pem",
    "httpPort": 80,
    "tlsPort": 443,
    "ocspResponderURL": "",
    "externalAccountBindingRequired": False,
    "certificateValidityPeriod": 7776000,
}


class Acme:
    """An ACME server, its host, and what a gateway has to be told of it."""

    def __init__(self, machine, gateway):
        self.machine = machine
        ca = internal_ca.make(["gate.example"], internal_ca.now())
        self.settings = {
            "gateway_certificate": "acme",
            "gateway_certificate_and_key": "",
            "gateway_acme_directory": f"https://{SERVER}:14000/dir",
            "gateway_acme_terms_accepted": True,
            "gateway_acme_root": internal_ca.pem(ca.certificate),
        }
        self.sh("command -v pebble || { apt-get update -q && apt-get install -qy --no-install-recommends pebble; }")
        machine.put("/root/acme/server.pem", issue(ca, [SERVER], internal_ca.now()).encode(), 0o600)
        machine.put("/root/acme/config.json", json.dumps({"pebble": CONFIG}).encode())
        names = f"{gateway.machine.address4} chat.gate.example api.gate.example"
        self.sh(f"grep -q api.gate.example /etc/hosts || echo '{names}' >> /etc/hosts")
        gateway.sh(f"grep -q {SERVER} /etc/hosts || echo '{machine.address4} {SERVER}' >> /etc/hosts")

    def sh(self, script, check=True):
        return self.machine.exec(["bash", "-c", script], check=check).stdout.strip()

    def start(self):
        # Left alone it refuses one good nonce in twenty, and certbot asks but once more.
        self.sh(
            "systemctl stop pebble; systemd-run --quiet --collect --unit pebble "
            "-E PEBBLE_WFE_NONCEREJECT=0 -E PEBBLE_VA_NOSLEEP=1 -E PEBBLE_AUTHZREUSE=0 "
            "pebble -config /root/acme/config.json"
        )
        self.sh("curl -skf --retry 20 --retry-connrefused --retry-delay 1 https://127.0.0.1:14000/dir")

    def root(self):
        return self.sh("curl -skf https://127.0.0.1:15000/roots/0") + "\n"


@pytest.fixture(scope="module")
def acme(lab, converged):
    server = Acme(lab.host("llm1"), converged)
    yield server
    server.sh("systemctl stop pebble", check=False)
    assert converged.converge().code == 0


def test_without_a_server_the_gateway_keeps_the_certificate_that_it_has(gateway, acme):
    acme.sh("systemctl stop pebble", check=False)
    done = gateway.converge(**acme.settings)
    assert done.code != 0
    assert "what was there before is back, and serves again" in done.text, done.text
    assert SERVER in done.text
    assert gateway.sh("systemctl is-active llamakeep-gateway") == "active"
    assert gateway.ask("/api/tags").status == 200
    gateway.plain = True  # by itself


def test_it_is_asked_for_renewed_without_a_cut_and_said_where_it_fails(gateway, acme):
    acme.start()
    gateway.sh("systemctl reset-failed llamakeep-gateway-acme", check=False)
    done = gateway.converge(**acme.settings)
    assert done.code == 0, done.text
    trusted, gateway.trusted = gateway.trusted, acme.root()
    try:
        assert gateway.ask("/api/tags").status == 200
        assert gateway.sh(f"stat -c '%a %U %G' {PRESENT}") == "640 root llamakeep-gateway"
        first = gateway.sh(f"sha256sum < {PRESENT}")
        assert gateway.converge(**acme.settings).changed == 0
        assert gateway.sh("systemctl is-active llamakeep-gateway-acme.timer") == "active"

        answers = []
        body = {"model": "both:1b", "stream": True, "wait": 15}
        asking = threading.Thread(target=lambda: answers.append(gateway.ask("/api/chat", body)))
        asking.start()
        time.sleep(1)
        gateway.sh(f"rm -rf {LINEAGE}; systemctl start llamakeep-gateway-acme")  # as the timer does, once it is due
        assert gateway.sh(f"sha256sum < {PRESENT}") != first
        assert gateway.ask("/api/tags").status == 200
        asking.join()
        assert answers[0].text.splitlines()[-1] == '{"part": 19, "done": true}'

        gateway.sh(f"rm -rf {LINEAGE}; systemd-run --quiet --collect --unit holder python3 -m http.server 80; sleep 1")
        try:
            done = gateway.converge(**acme.settings)
        finally:
            gateway.sh("systemctl stop holder", check=False)
        assert done.code != 0
        assert "port 80" in done.text
        assert "the gateway serves on with the certificate that it has" in " ".join(done.text.split())
        assert gateway.ask("/api/tags").status == 200
    finally:
        gateway.trusted = trusted
        # Else its next starts count with these.
        gateway.sh("systemctl reset-failed llamakeep-gateway-acme", check=False)


@pytest.mark.usefixtures("acme")
def test_another_choice_takes_the_client_away(converged):
    done = converged.converge()
    assert done.code == 0, done.text
    assert converged.ask("/api/tags").status == 200
    assert "acme" not in converged.sh("systemctl list-unit-files --no-legend 'llamakeep-*'")
