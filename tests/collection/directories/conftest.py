"""A sealed chat that asks a directory, an issuer and a database: real ones, behind TLS, on another host."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import internal_ca, leaf_certificate
from open_webui.conftest import ROLES, WIPE, Chat, serve_models

import hosts
from llamakeep_lab.machine import File

HERE = Path(__file__).parent
SECRETS = {"bind_password": 'b"i$n`d\\ %s', "client_secret": "Z8-client-s3cret", "database_password": "d/b:p@ss%20 ?#"}
URL = "http://chat.example.net:8080"  # of another site than the issuer's, as browsers see it
UNITS = [f"open-webui-{kind}.{part}" for kind in ("ldap", "oidc", "database") for part in ("socket", "service")]
WIPE_MORE = f"systemctl disable --now {' '.join(UNITS)}\n{WIPE}"


@dataclass
class Seat(Chat):
    """The chat, and the host of its servers."""

    settings: dict = None

    def set(self, **told):
        """Have the inventory say this from now on."""
        self.settings |= told
        (self.folder / "hosts.yml").write_text(yaml.safe_dump({"chat_hosts": {"hosts": {"chat": self.settings}}}))

    def log_in_by_name(self, user, password):
        code, text = self.ask("/api/v1/auths/ldap", {"user": user, "password": password})
        return code, json.loads(text)

    def log_in_at_issuer(self, user, password):
        words = ["python3", "/root/log_in.py", URL, "/root/ca.crt", user, password]
        return json.loads(self.machine.exec(words).stdout)

    def serve(self, script):
        """Run a script on the host of the servers."""
        return self.models.exec(["bash", "-c", script]).stdout.strip()


def servers(host, ca):
    """Have the servers run on a host."""
    leaves = {"ldap": "ldap.example.org", "db": "db.example.org", "id": "id.example.org"}
    moment = internal_ca.now()
    files = {f"{name}.pem": leaf_certificate.issue(ca, [leaf], moment).encode() for name, leaf in leaves.items()}
    files["ca.crt"] = internal_ca.pem(ca.certificate).encode()
    files |= {name: secret.encode() for name, secret in SECRETS.items()}
    for path in (path for path in HERE.iterdir() if path.suffix in (".conf", ".ldif", ".toml", ".sh", ".txt")):
        files[path.name] = path.read_bytes().replace(b"BIND_PASSWORD", SECRETS["bind_password"].encode())
    hosts.trust(host)
    host.put_all({f"/srv/directories/{name}": File(content, 0o600) for name, content in files.items()})
    host.exec(["bash", "/srv/directories/servers.sh", host.address4])


@pytest.fixture(scope="package")
def seat(lab, tmp_path_factory):
    """A chat host with all three, converged once."""
    folder = tmp_path_factory.mktemp("inventory")
    machine, other = lab.host("chat1"), lab.host("registry1")
    ca = internal_ca.make(["example.org"], internal_ca.now())
    root = internal_ca.pem(ca.certificate)
    servers(other, ca)
    hosts.write_play(folder / "chat.yml", "chat_hosts", *ROLES)
    hosts.sh(machine, WIPE_MORE, check=False)
    try:
        hosts.trust(machine)
        hosts.give_receipt_reader(machine)
        log_in = File((HERE / "log_in.py").read_bytes())
        machine.put_all({"/root/log_in.py": log_in, "/root/ca.crt": File(root.encode())})
        # A browser's names; the service has others, and none but loopback's.
        names = f"127.0.0.1 chat.example.net\n{other.address4} id.example.org"
        machine.exec(["bash", "-c", f"echo '{names}' >> /etc/hosts"])
        serve_models(other)
        subject = Seat(machine, other, folder, {})
        subject.set(
            ansible_host=machine.address4,
            **hosts.connection(lab),
            open_webui_backend=f"{other.address4}:11434",
            open_webui_url=URL,
            open_webui_newcomers="user",
            open_webui_ldap_server="ldap.example.org:636",
            open_webui_ldap_address=other.address4,
            open_webui_ldap_ca=root,
            open_webui_ldap_base="ou=people,dc=example,dc=org",
            open_webui_ldap_bind_dn="cn=chat,dc=example,dc=org",
            open_webui_ldap_bind_password=SECRETS["bind_password"],
            open_webui_ldap_filter="(departmentNumber=chat)",
            open_webui_oidc_issuer="https://id.example.org:9443",
            open_webui_oidc_address=other.address4,
            open_webui_oidc_ca=root,
            open_webui_oidc_client_id="chat",
            open_webui_oidc_client_secret=SECRETS["client_secret"],
            open_webui_oidc_sign_up=True,
            open_webui_database="postgresql://chat@db.example.org:5432/chat",
            open_webui_database_address=other.address4,
            open_webui_database_ca=root,
            open_webui_database_password=SECRETS["database_password"],
        )
        done = subject.converge("-vvv", "--diff")
        assert done.code == 0, done.text[-4000:]
        for secret in SECRETS.values():
            assert secret not in done.text
        yield subject
    finally:
        machine.exec(["bash", "-c", WIPE_MORE], check=False)
        other.exec(["systemctl", "stop", "fake-models", "test-slapd", "test-issuer", "postgresql"], check=False)
