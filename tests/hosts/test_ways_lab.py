"""Whoever `ansible -m ping` reaches, every stage reaches: on one real host, with users and an ssh of many kinds."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import llamakeep_lab as labs

pytestmark = pytest.mark.lab

BIN = Path(sys.executable).parent
WORDS = "open sesame"
BY_PASSWORD = {"ansible_ssh_extra_args": "-o PubkeyAuthentication=no"}
SHELLS = {"tcsh": "/bin/tcsh", "fish": "/usr/bin/fish"}
SHELLS |= dict.fromkeys(("prints", "forced", "bysu", "ttyonly", "rs", "asked", "barred"), "/bin/bash")
SUDOERS = """\
prints,tcsh,fish,forced,ttyonly,rs ALL=(ALL) NOPASSWD: ALL
asked ALL=(ALL) ALL
Defaults:ttyonly requiretty
"""


@pytest.fixture(scope="module")
def host(lab: labs.Lab):
    """A host of the lab with all these users, who have the operator's key, and a second port of sshd."""
    machine = lab.host("llm2")
    machine.exec(["apt-get", "-qq", "update"], timeout=120)
    machine.exec(["apt-get", "-qq", "install", "-y", "--no-install-recommends", "tcsh", "fish", "sudo-rs"], timeout=240)
    key = machine.read("/root/.ssh/authorized_keys")
    assert key is not None
    for name, shell in SHELLS.items():
        machine.exec(["useradd", "--create-home", "--shell", shell, name])
        machine.exec(["install", "-d", "-o", name, "-g", name, "-m", "700", f"/home/{name}/.ssh"])
        before = b'command="echo This account is for backups alone." ' if name == "forced" else b""
        machine.put(f"/home/{name}/.ssh/authorized_keys", before + key)
    machine.put("/home/prints/.bashrc", b"echo Welcome to gpu; printf 'half a line'\n")
    machine.put("/etc/sudoers.d/ways", SUDOERS.encode(), 0o440)
    machine.put("/etc/sudoers-rs", b"rs ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440)
    machine.exec(["sh", "-c", f"printf 'root:{WORDS}\\nasked:{WORDS}\\n' | chpasswd"])
    machine.put("/etc/ssh/sshd_config.d/00-ways.conf", b"Port 22\nPort 2222\nPasswordAuthentication yes\n")
    machine.exec(["systemctl", "restart", "ssh"])
    return machine


class Ways:
    """An inventory of one's own for that host, in a folder with an ansible.cfg."""

    def __init__(self, lab: labs.Lab, machine: labs.Machine, folder: Path) -> None:
        self.folder, self.address = folder, machine.address4
        self.key = lab.inventory / ".ssh" / "id_ed25519"
        self.known = lab.inventory / ".ssh" / "known_hosts"

    def write(self, ssh: str = "", **variables: object) -> None:
        """Write it; `ssh` is a configuration that ansible.cfg names, else the inventory's options lead there."""
        given: dict[str, object] = {"ansible_python_interpreter": "/usr/bin/python3", **variables}
        if not ssh:
            given.setdefault("ansible_host", self.address)
            given["ansible_ssh_private_key_file"] = str(self.key)
            given["ansible_ssh_common_args"] = f"-o UserKnownHostsFile={self.known} -o StrictHostKeyChecking=yes"
        hosts = {"llm_hosts": {"hosts": {"odd": given}}}
        (self.folder / "inv").mkdir(exist_ok=True)
        (self.folder / "inv" / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
        args = "-F ./ssh.cfg -o ControlPath=none" if ssh else "-o ControlPath=none"
        (self.folder / "ansible.cfg").write_text(f"[ssh_connection]\nssh_args = {args}\n", encoding="utf-8")
        (self.folder / "ssh.cfg").write_text(ssh, encoding="utf-8")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program of our environment where the inventory lies."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        command = [str(BIN / words[0]), *words[1:]]
        return subprocess.run(
            command, cwd=self.folder, env=clean, capture_output=True, text=True, check=False, timeout=120
        )

    def ping(self) -> subprocess.CompletedProcess[str]:
        return self.run("ansible", "odd", "-i", "inv", "-b", "-m", "ping")

    def seen(self) -> dict:
        """What observe sees of the host, and plan says of the way there."""
        (one,) = json.loads(self.run("llamakeep", "observe", "-i", "inv", "--json").stdout)["hosts"]
        return one

    def probed(self, monkeypatch) -> dict:
        """What verify's probe sees, by testinfra."""
        monkeypatch.chdir(self.folder)
        code = (
            "import json; from llamakeep import inventory; from llamakeep.verify import transport;"
            "(host,) = inventory.load('inv').hosts;"
            "reached = transport.reach(host, 60);"
            "print(json.dumps([reached.run('id -u').stdout.strip(), reached.run('cat').rc]))"
        )
        done = self.run("python", "-c", code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def ways(lab, host, tmp_path):
    return Ways(lab, host, tmp_path)


def expect_root(ways: Ways, monkeypatch, root: str) -> dict:
    """Ansible is content, and so is every stage."""
    done = ways.ping()
    assert done.returncode == 0, done.stdout + done.stderr
    one = ways.seen()
    assert (one["reachable"], one["unreachable"]) == (True, "")
    assert (one["system"]["root"], one["gaps"]) == (root, [])
    assert ways.probed(monkeypatch) == ["0", 0]
    return one


@pytest.mark.parametrize(
    ("user", "root", "more"),
    [
        ("prints", "sudo", {}),
        ("tcsh", "sudo", {}),
        ("fish", "sudo", {}),
        ("bysu", "su", {"ansible_become_method": "su", "ansible_become_password": WORDS}),
        ("ttyonly", "sudo", {}),
        ("rs", "sudo", {"ansible_become_exe": "/usr/bin/sudo-rs"}),
        ("asked", "sudo", {"ansible_become_password": WORDS}),
        ("asked", "sudo", {"ansible_become_password": WORDS, "ansible_password": WORDS, **BY_PASSWORD}),
        ("root", "is root", {}),
    ],
)
def test_every_user_whom_ansible_reaches(ways, monkeypatch, user, root, more):
    ways.write(ansible_user=user, **more)
    one = expect_root(ways, monkeypatch, root)
    assert one["needs_tty"] is (user == "ttyonly")


@pytest.mark.parametrize(
    ("user", "more", "said"),
    [
        ("asked", {}, "sudo asks asked for a password"),
        ("asked", {"ansible_become_password": "other"}, "sudo refuses asked the password that the inventory gives"),
        ("barred", {}, "barred"),
        ("bysu", {"ansible_become_method": "su", "ansible_become_password": "other"}, "su"),
    ],
)
def test_who_does_not_become_root_is_told_why_in_the_hosts_own_words(ways, user, more, said):
    ways.write(ansible_user=user, **more)
    assert ways.ping().returncode != 0
    assert ways.seen()["reachable"]
    (plan,) = json.loads(ways.run("llamakeep", "plan", "-i", "inv", "--json").stdout)["hosts"]
    found = [finding for finding in plan["findings"] if finding["id"].startswith("become-")]
    assert said in found[0]["found"]


def test_a_login_that_ends_by_itself_is_unreachable_in_its_own_words(ways):
    ways.write(ansible_user="forced")
    assert ways.ping().returncode != 0
    one = ways.seen()
    assert (one["reachable"], one["unreachable"]) == (False, "This account is for backups alone.")


def test_a_key_that_others_may_read_is_told(ways, tmp_path):
    loose = tmp_path / "loose"
    shutil.copy(ways.key, loose)
    loose.chmod(0o644)
    ways.key = loose
    ways.write(ansible_user="root")
    assert ways.ping().returncode != 0
    assert f"does not take the key {loose}: others may read it (mode 0644)" in ways.seen()["unreachable"]


CONFIGS = {
    "an alias": "Host odd\n  HostName {address}\n  Port 2222\n  User root\n",
    "match final": "Match final all\n  User root\n  Port 2222\nHost odd\n  HostName {address}\n",
    "include two patterns": "Include {folder}/a-*.conf {folder}/b-*.conf\n",
    "no jump": "Host odd\n  HostName {address}\n  User root\n  ProxyJump none\nHost *\n  ProxyJump nowhere.invalid\n",
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_nothing_reads_sshs_configuration_but_ssh(ways, monkeypatch, config, tmp_path):
    known = f"Host *\n  IdentityFile {ways.key}\n  UserKnownHostsFile {tmp_path}/known\n"
    line = ways.known.read_text(encoding="ascii").splitlines()
    (mine,) = [one.split(" ", 1)[1] for one in line if ways.address in one.split(" ", 1)[0].split(",")]
    names = f"{ways.address},[{ways.address}]:2222"
    (tmp_path / "known").write_text(f"{names} {mine}\n", encoding="ascii")
    (tmp_path / "a-1.conf").write_text(f"Host odd\n  HostName {ways.address}\n", encoding="utf-8")
    (tmp_path / "b-1.conf").write_text("Host odd\n  User root\n", encoding="utf-8")
    ways.write(config.format(address=ways.address, folder=tmp_path) + known)
    one = ways.run("ansible", "odd", "-i", "inv", "-m", "ping")
    assert one.returncode == 0, one.stdout + one.stderr
    seen = ways.seen()
    assert (seen["reachable"], seen["unreachable"]) == (True, "")
    assert ways.probed(monkeypatch) == ["0", 0]


def test_host_keys_by_another_name_and_by_a_certificate(ways, host, monkeypatch, tmp_path):
    line = ways.known.read_text(encoding="ascii").splitlines()
    (mine,) = [one.split(" ", 1)[1] for one in line if ways.address in one.split(" ", 1)[0].split(",")]
    (tmp_path / "known").write_text(f"another-name {mine}\n", encoding="ascii")
    config = f"Host odd\n  HostName {ways.address}\n  User root\n  IdentityFile {ways.key}\n"
    ways.write(f"{config}  HostKeyAlias another-name\n  UserKnownHostsFile {tmp_path}/known\n")
    expect_root(ways, monkeypatch, "sudo")

    keygen = ["ssh-keygen", "-q"]
    subprocess.run([*keygen, "-t", "ed25519", "-N", "", "-f", tmp_path / "ca"], check=True)
    public = host.read("/etc/ssh/ssh_host_ed25519_key.pub")
    assert public is not None
    (tmp_path / "host.pub").write_bytes(public)
    subprocess.run(
        [*keygen, "-s", tmp_path / "ca", "-h", "-I", "x", "-n", "certified", tmp_path / "host.pub"], check=True
    )
    host.put("/etc/ssh/host-cert.pub", (tmp_path / "host-cert.pub").read_bytes())
    host.put("/etc/ssh/sshd_config.d/cert.conf", b"HostCertificate /etc/ssh/host-cert.pub\n")
    host.exec(["systemctl", "restart", "ssh"])
    try:
        ca = (tmp_path / "ca.pub").read_text(encoding="ascii")
        (tmp_path / "known").write_text(f"@cert-authority certified {ca}", encoding="ascii")
        ways.write(f"{config}  HostKeyAlias certified\n  UserKnownHostsFile {tmp_path}/known\n")
        expect_root(ways, monkeypatch, "sudo")
    finally:
        host.exec(["sh", "-c", "rm /etc/ssh/sshd_config.d/cert.conf; systemctl restart ssh"])


def test_a_run_logs_in_once(lab, host):
    """Observe, Ansible's check and verify share one connection, which Ansible names."""
    cursor = host.exec(["journalctl", "--lines=0", "--show-cursor"]).stdout.strip().rpartition("-- cursor: ")[2]
    for words in (("observe",), ("plan", "--host", "llm2", "--diff"), ("verify",)):
        verb, *more = words
        done = subprocess.run(
            [str(BIN / "llamakeep"), verb, "-i", lab.inventory, *more], capture_output=True, check=False, timeout=300
        )
        assert done.returncode in (0, 1), done.stderr
    log = host.exec(["journalctl", "--no-pager", f"--after-cursor={cursor}", "--unit=ssh"]).stdout
    assert log.count("Accepted publickey for root") <= 1
