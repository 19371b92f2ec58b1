"""How hosts are reached: ssh as the inventory says, host keys always checked, nothing left behind."""

import ast
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from healthy import connection, fleet, host
from pydantic import SecretStr

from llamakeep.inventory.concealed import conceal
from llamakeep.inventory.fleet import Connection
from llamakeep.verify import bundle, packed_fleet, transport
from llamakeep.verify.evidence import ServiceEvidence
from llamakeep.verify.stage import stages

LOOKS = [name for name, stage in stages().items() if stage.evidence is not ServiceEvidence]
OPTIONS = ("-o", "UserKnownHostsFile=/keys/known_hosts", "-oStrictHostKeyChecking=yes", "-J", "jump.example")


def config(folder, **more):
    return transport.ssh_config([host(connection=connection(**more))], folder).read_text()


def test_the_inventorys_options_stand_before_ours(tmp_path):
    text = config(tmp_path, ssh_options=OPTIONS, port=2222, private_key="/keys/id")
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == "Host llm1"
    for line in ("HostName 192.0.2.11", "Port 2222", "User root", 'IdentityFile "/keys/id"', "BatchMode yes"):
        assert line in lines
    assert lines.index("UserKnownHostsFile /keys/known_hosts") < lines.index("StrictHostKeyChecking yes")


def test_host_keys_are_checked_where_the_inventory_says_nothing(tmp_path):
    assert "StrictHostKeyChecking yes" in config(tmp_path)


def test_only_root_of_this_machine_reads_the_config(tmp_path):
    path = transport.ssh_config([host()], tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_no_option_goes_to_ssh_as_it_is(tmp_path):
    jumping = host(name="jumping", connection=connection(ssh_options=OPTIONS))
    backend = transport.reach(jumping, tmp_path / "ssh_config").backend
    assert backend.ssh_extra_args == "-J jump.example"


@pytest.mark.parametrize(("user", "sudo"), [("root", False), ("admin", True)])
def test_sudo_is_used_where_the_user_is_not_root(tmp_path, user, sudo):
    admin = host(name=user, connection=connection().model_copy(update={"user": user}))
    assert transport.reach(admin, tmp_path / "ssh_config").backend.sudo is sudo


def test_sudos_password_is_no_argument(tmp_path):
    asked = connection().model_copy(update={"user": "admin", "become_password": SecretStr("sample")})
    backend = transport.reach(host(name="asked", connection=asked), tmp_path / "ssh_config").backend
    assert backend.get_command("id") == "sudo -S -p '' /bin/sh -c id"
    assert backend.run_local("cat").stdout == "sample\n"


def test_sudo_that_would_ask_fails_at_once(tmp_path):
    admin = connection().model_copy(update={"user": "admin"})
    backend = transport.reach(host(name="unasked", connection=admin), tmp_path / "ssh_config").backend
    assert backend.get_command("id") == "sudo -n /bin/sh -c id"
    assert backend.run_local("cat").stdout == ""


def test_sshs_password_goes_by_the_environment(tmp_path):
    told = connection().model_copy(update={"password": SecretStr("sample")})
    path = transport.ssh_config([host(name="told", connection=told)], tmp_path)
    backend = transport.reach(host(name="told", connection=told), path).backend
    words, arguments = backend._build_ssh_command("id")
    assert words[:2] == ["sshpass -e", "ssh"]
    assert "sample" not in " ".join([*words, *arguments, path.read_text()])
    assert backend.run_local("echo $SSHPASS").stdout == "sample\n"


def test_this_machine_is_reached_without_ssh(tmp_path):
    here = host(name="here", connection=Connection(kind="local", address="localhost", become=False))
    answer = transport.ask(
        here, transport.reach(here, tmp_path), "connection", {"doors": [], "patience": 1, "hearing": 1}, 30
    )
    assert answer == {"tried": []}


def test_a_probe_that_fails_says_why(tmp_path):
    here = host(name="here", connection=Connection(kind="local", address="localhost", become=False))
    with pytest.raises(OSError, match="KeyError: 'doors'"):
        transport.ask(here, transport.reach(here, tmp_path), "connection", {}, 30)


def test_a_host_that_does_not_answer_says_so_in_sshs_words():
    away = host(name="away", connection=connection("127.0.0.1", port=1))
    with tempfile.TemporaryDirectory() as folder:  # tmp_path can be too long for a socket's name
        path = transport.ssh_config([away], Path(folder))
        with pytest.raises(OSError, match="Connection refused"):
            transport.ask(away, transport.reach(away, path), "connection", {}, 30)


def test_the_probe_runs_from_its_command_line_alone(tmp_path):
    loader, packed = bundle.arguments("look", {}, 30)
    program = f"import os; os.geteuid = lambda: 1000\n{loader}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, packed], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {"failures": {"root": "not root on the host, and sudo was not used"}}


def test_the_probe_fits_on_a_command_line():
    request = {"doors": [[f"2001:db8:1234:5678:9abc:def0:1234:{n:x}", 11434, False] for n in range(2000)]}
    assert sum(map(len, bundle.arguments("connection", request, 30))) < 100_000  # the kernel takes 131,072


def test_secrets_go_to_the_suite_and_into_no_record():
    proxy = "http://kit:sample@proxy.example"
    secret = conceal("", {"ollama_environment": {"HTTPS_PROXY": proxy}}, frozenset({proxy}))
    hidden = connection().model_copy(update={"become_password": SecretStr("sample")})
    whole = fleet(host(inputs=secret, connection=hidden))
    arrived = packed_fleet.unpack(packed_fleet.pack(whole)).host("llm1")
    assert arrived.inputs["ollama_environment"]["HTTPS_PROXY"] == proxy
    assert arrived.connection.become_password == SecretStr("sample")
    assert not re.search("sample", whole.model_dump_json())


def test_a_record_is_a_fleet_without_secrets():
    whole = fleet(host())
    assert packed_fleet.unpack(whole.model_dump_json().encode()) == whole


def test_the_probe_is_python_3_9_and_needs_nothing_else():
    own = ("llamakeep.", "ansible_collections.llamakeep.fleet.")
    sent = bundle._sources(
        "llamakeep.verify.probe.look", *(f"llamakeep.services.{name}.verified.look" for name in LOOKS)
    )
    for name, source in sent.items():
        tree = ast.parse(source, name, feature_version=(3, 9))
        for each in bundle._imported(tree.body):
            assert each.startswith(own) or each.split(".")[0] in sys.stdlib_module_names, f"{name}: {each}"


@pytest.mark.parametrize("service", LOOKS)
def test_a_probe_carries_the_looks_that_it_needs(service, tmp_path):
    sent = bundle._sources("llamakeep.verify.probe.look", f"llamakeep.services.{service}.verified.look")
    assert {name.split(".")[2] for name in sent if name.startswith("llamakeep.services.")} == {service}
    program = f"{bundle.LOADER.rpartition('print')[0]}\nfor name in sources: importlib.import_module(name)"
    packed = bundle.arguments("look", {"services": {service: {}}}, 30)[1]
    subprocess.run([sys.executable, "-I", "-S", "-c", program, packed], cwd=tmp_path, check=True)
