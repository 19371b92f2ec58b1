"""A lab host made a gateway by the role alone, before two hosts that only count who asks for what."""

import concurrent.futures
import datetime
import hashlib
import http.client
import json
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import hosts

PORT = 18434  # of the hosts that count
MODELS = {"llm-a": ["both:1b", "a-alone"], "llm-b": ["both:1b", "b-alone"]}
KEY, SLOW_KEY = "lk_" + "a" * 40, "lk_" + "s" * 40
LIMIT = 262144
WIPE = r"""
systemctl disable --now llamakeep-gateway.socket llamakeep-gateway.service llamakeep-gateway-reader.service \
  llamakeep-firewall.service llamakeep-gateway-acme.timer
rm -rf /etc/systemd/system/nftables.service.d /etc/systemd/system/llamakeep-gateway* \
  /etc/systemd/system/llamakeep-firewall.service* /etc/llamakeep /opt/llamakeep \
  /var/lib/llamakeep /var/lib/llamakeep-acme
systemctl daemon-reload
systemctl reset-failed
userdel llamakeep-gateway
userdel llamakeep-acme
nft delete table inet llamakeep
true
"""


@dataclass
class Answer:
    """What the gateway said."""

    status: int
    headers: dict
    text: str

    @property
    def json(self):
        return json.loads(self.text)


class Gateway:
    """The gateway under test and the hosts behind it."""

    def __init__(self, machine, behind, folder):
        self.machine, self.hosts, self.folder = machine, behind, folder
        self.plain = False  # it was converged with the settings below, and with no others since
        self.pem, self.trusted = certificate()
        self.settings = {
            "gateway_domain": "gate.example",
            "gateway_addresses": ["127.0.0.1", machine.address4],
            "gateway_request_limit": LIMIT,
            "gateway_queue_limit": 3,
            "gateway_keys": {"ann": {"sha256": sha256(KEY)}, "slow": {"sha256": sha256(SLOW_KEY), "rate": 3}},
            "gateway_certificate": "given",
            "gateway_certificate_and_key": self.pem,
        }

    def sh(self, script, check=True):
        return hosts.sh(self.machine, script, check=check)

    def converge(self, *words, **settings):
        (self.folder / "group_vars" / "gateway_hosts.yml").write_text(yaml.safe_dump({**self.settings, **settings}))
        done = hosts.run(self.folder, self.folder / "play.yml", *words)
        if "--check" not in words:
            self.plain = done.code == 0 and not settings
        return done

    def wipe(self):
        self.plain = False
        self.machine.exec(["bash", "-c", WIPE], check=False)

    def connect(self, name="api.gate.example"):
        context = ssl.create_default_context(cadata=self.trusted)
        return context.wrap_socket(socket.create_connection((self.machine.address4, 443), 30), server_hostname=name)

    def ask(self, path, body=None, key=KEY, name="api.gate.example", method=None, **headers):
        """Ask once; `body` is a dict, or bytes as they are."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        with self.connect(name) as plug:
            connection = http.client.HTTPConnection(name)
            connection.sock = plug
            given = {"Authorization": f"Bearer {key}"} if key is not None else {}
            connection.request(method or ("GET" if body is None else "POST"), path, body, {**given, **headers})
            answer = connection.getresponse()
            text = answer.read().decode()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, text)

    def ask_many(self, bodies, path="/api/chat"):
        with concurrent.futures.ThreadPoolExecutor(max_workers=16) as pool:
            return list(pool.map(lambda body: self.ask(path, body), bodies))

    def counts(self):
        """Return by host how often it was asked for each model since it started."""
        return {
            name: json.loads(host.exec(["curl", "-sf", f"http://127.0.0.1:{PORT}/counts"]).stdout)
            for name, host in self.hosts.items()
        }

    def forget(self):
        """Have every host there again, and asked for nothing yet."""
        for name, host in self.hosts.items():
            if host.exec(["curl", "-sf", f"http://127.0.0.1:{PORT}/forget"], check=False).code:
                self.start(name)
        self.wait_for(len(self.hosts))

    def start(self, name):
        ask = f"curl -sf --retry 50 --retry-connrefused --retry-delay 1 http://127.0.0.1:{PORT}/api/version"
        run = f"systemd-run --quiet --collect --unit counts python3 /root/fake_llm.py {PORT}"
        self.hosts[name].exec(["bash", "-c", f"systemctl stop counts; {run} && {ask}"])

    def stop(self, *names):
        for name in names:
            self.hosts[name].exec(["systemctl", "kill", "--signal=KILL", "counts"], check=False)

    def wait_for(self, up):
        """Wait until the gateway knows how many hosts are there."""
        count = r"""curl -sf 127.0.0.1:8405/metrics | grep -cE '^haproxy_server_status.*"ask:.*state="UP"} 1'"""
        for _ in range(60):
            if self.sh(count, check=False) == str(2 * up):  # each has two models
                return
            time.sleep(0.25)
        look = "curl -sf 127.0.0.1:8405/metrics | grep 'server_status.*ask:'; journalctl -u llamakeep-gateway -n 5"
        pytest.fail(f"the gateway never saw {up} hosts\n{self.sh(look, check=False)}")

    def journal(self):
        return self.sh("journalctl --sync; journalctl --unit 'llamakeep-gateway*' --output cat --no-pager")


def sha256(key):
    return hashlib.sha256(key.encode()).hexdigest()


def certificate(domain="gate.example", ends=None):
    """Return a key with its own certificate for the gateway's names, and the certificate alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gate.example")])
    names = [x509.DNSName(f"{each}.{domain}") for each in ("chat", "api")]
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=3))
        .not_valid_after(ends or now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    return made + secret, made


def inventory(lab, folder, machine, behind):
    """Write an inventory of one gateway and the hosts behind it."""
    llm = {
        name: {
            "ollama_api_addresses": [host.address4],
            "ollama_api_port": PORT,
            "ollama_api_groups": ["gateway_hosts"],
            "ollama_api_tls": "none",  # what answers there is no door
            "ollama_num_parallel": 4,
            "ollama_models_names": MODELS[name],
        }
        for name, host in behind.items()
    }
    gate = {"gate": {"ansible_host": machine.address4}}
    children = {"gateway_hosts": {"hosts": gate}, "llm_hosts": {"hosts": llm}}
    (folder / "group_vars").mkdir()
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": hosts.connection(lab), "children": children}}))
    hosts.write_play(folder / "play.yml", "gateway_hosts", "firewall", "gateway", "receipt")


@pytest.fixture(scope="package")
def bare(lab, tmp_path_factory):
    """The gateway's host before anything was done to it, and the hosts behind it, counting."""
    folder = tmp_path_factory.mktemp("inventory")
    machine, behind = lab.host("registry1"), {"llm-a": lab.host("chat1"), "llm-b": lab.host("outsider")}
    inventory(lab, folder, machine, behind)
    gateway = Gateway(machine, behind, folder)
    gateway.wipe()
    try:
        for name, host in behind.items():
            host.put("/root/fake_llm.py", (Path(__file__).parent / "fake_llm.py").read_bytes())
            gateway.start(name)
        yield gateway
    finally:
        gateway.wipe()
        for host in behind.values():
            host.exec(["systemctl", "stop", "counts"], check=False)


@pytest.fixture(scope="package")
def converged(bare):
    done = bare.converge()
    assert done.code == 0, done.text
    return bare


@pytest.fixture
def gateway(converged):
    """The gateway as a plain converge leaves it, with both hosts there, none of them asked yet."""
    if not converged.plain or converged.sh("systemctl is-active llamakeep-gateway", check=False) != "active":
        done = converged.converge()
        assert done.code == 0, done.text
    converged.forget()
    return converged
