"""The tutorial's case: `llamakeep up --here` on a machine that has nothing but Python."""

import io
import json
import tarfile

import pytest
import wheel as wheels
from kit import BIN

from llamakeep_lab import cache, patience
from llamakeep_lab.standin import archive
from own import own
from raised import raised

pytestmark = pytest.mark.lab

NAME = own("test-here")
PROBE = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
probe = socket.socket(family)
probe.settimeout(3)
sys.exit(probe.connect_ex((sys.argv[1], int(sys.argv[2]))))
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A fresh Debian host without pip, nftables, zstd, curl or sudo, with the kit in /root/kit."""
    with raised(NAME, llm=1, bare=True) as lab:
        install_kit(lab.host("llm1"), tmp_path_factory.mktemp("wheels"))
        yield lab


def install_kit(host, folder):
    """Install the kit's wheel into /root/kit, as who has no network would."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(wheels.wheelhouse(folder, "3.13"), "root/wheels")
        tar.add((BIN / "uv").resolve(), "root/uv")
        tar.add(archive.build(cache.folder("standin"), "0.34.4-standin"), "root/ollama.tar.zst")
    host.container.put_archive("/", packed.getvalue())
    host.exec(["/root/uv", "venv", "-q", "--python", "/usr/bin/python3", "/root/kit"])
    install = [
        "/root/uv",
        "pip",
        "install",
        "-q",
        "--offline",
        "--no-index",
        "--find-links",
        "/root/wheels",
        "llamakeep",
    ]
    host.exec(["env", "VIRTUAL_ENV=/root/kit", *install])


def llamakeep(host, *words):
    command = ["env", "--chdir=/root", "HOME=/root", "/root/kit/bin/llamakeep", *words]
    return host.exec(command, check=False, timeout=patience.CONVERGE)


def test_one_command_makes_it_private_and_a_second_changes_nothing(machine):
    host, mirror = machine.host("llm1"), machine.host("registry1").address4
    release = ["--ollama-archive", "/root/ollama.tar.zst", "--ollama-version", "0.34.4-standin"]
    first = llamakeep(host, "up", "--here", "--model", "smollm2:135m", "--source", f"http://{mirror}:5000", *release)
    assert first.code == 0, first.stdout + first.stderr
    answer = host.exec(["ollama", "run", "smollm2:135m", "What is the capital of France?"]).stdout
    assert "Paris" in answer
    again = llamakeep(host, "up", "--here")
    assert again.code == 0, again.stdout + again.stderr
    assert "converged" not in again.stdout


def test_no_stranger_gets_in_and_nothing_gets_out(machine):
    host, outsider = machine.host("llm1"), machine.host("outsider")
    for address in (host.address4, host.address6):
        assert outsider.exec(["python3", "-c", PROBE, address, "11434"], check=False).code != 0, address
        assert outsider.exec(["python3", "-c", PROBE, address, "22"], check=False).code == 0, f"{address}: no route"
    assert host.exec(["python3", "-c", PROBE, "127.0.0.1", "11434"]).code == 0
    pid = host.exec(["systemctl", "show", "-p", "MainPID", "--value", "ollama.service"]).stdout.strip()
    devices = host.exec(["cat", f"/proc/{pid}/net/dev"]).stdout.splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]
    assert len(host.exec(["cat", f"/proc/{pid}/net/route"]).stdout.splitlines()) <= 1
    children = host.exec(["sh", "-c", f"awk '$4 == \"0A\" {{print $2}}' /proc/{pid}/net/tcp"]).stdout.split()
    inside = [int(line.split(":")[1], 16) for line in children]
    assert 11434 in inside
    for port in inside:
        code = host.exec(["python3", "-c", PROBE, "127.0.0.1", str(port)], user="nobody", check=False).code
        assert (code == 0) is (port == 11434), f"port {port} answers to nobody"


def test_verify_proves_it_on_the_machine_itself(machine):
    done = llamakeep(machine.host("llm1"), "verify", "--here")
    assert done.code == 0, done.stdout + done.stderr


def test_what_only_a_newer_ssh_understands_is_left_to_that_ssh(machine):
    """`Match localnetwork` came with OpenSSH 9.4: this host is a control node that has it."""
    host, other = machine.host("llm1"), machine.host("registry1")
    keys = machine.inventory / ".ssh"
    host.put("/root/ways/key", (keys / "id_ed25519").read_bytes(), 0o600)
    host.put("/root/ways/known", (keys / "known_hosts").read_bytes())
    near = "Match localnetwork 0.0.0.0/0\n  User root\n  IdentityFile ./key\n  UserKnownHostsFile ./known\n"
    host.put("/root/ways/ssh.cfg", f"{near}Host odd\n  HostName {other.address4}\n".encode())
    host.put("/root/ways/ansible.cfg", b"[ssh_connection]\nssh_args = -F ./ssh.cfg\n")
    host.put("/root/ways/inv/hosts.yml", b"llm_hosts: {hosts: {odd: {}}}\n")
    words = ["env", "--chdir=/root/ways", "HOME=/root", "/root/kit/bin/llamakeep", "observe", "-i", "inv", "--json"]
    (seen,) = json.loads(host.exec(words, check=False).stdout)["hosts"]
    assert (seen["unreachable"], seen["system"]["root"]) == ("", "sudo")
