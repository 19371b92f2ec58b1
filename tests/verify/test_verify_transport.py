"""What verify asks of a host, on the way that every stage goes."""

import ast
import json
import re
import subprocess
import sys

import pytest
from healthy import connection, fleet, host
from pydantic import SecretStr

from llamakeep.hosts.connection import Connection
from llamakeep.inventory import packed
from llamakeep.inventory.concealed import conceal
from llamakeep.verify import bundle, transport
from llamakeep.verify.evidence import ServiceEvidence
from llamakeep.verify.stage import stages

LOOKS = [name for name, stage in stages().items() if stage.evidence is not ServiceEvidence]


def test_this_machine_is_reached_without_ssh():
    here = host(name="here", connection=Connection(kind="local", address="localhost", become=False))
    answer = transport.ask(
        here, transport.reach(here, 30), "connection", {"doors": [], "patience": 1, "hearing": 1}, 30
    )
    assert answer == {"tried": []}


def test_a_probe_that_fails_says_why():
    here = host(name="here", connection=Connection(kind="local", address="localhost", become=False))
    with pytest.raises(OSError, match="KeyError: 'doors'"):
        transport.ask(here, transport.reach(here, 30), "connection", {}, 30)


def test_a_host_that_does_not_answer_says_so_in_words():
    away = host(name="away", connection=connection("127.0.0.1", port=1))
    with pytest.raises(OSError, match=r"nothing answers at 127\.0\.0\.1 port 1"):
        transport.ask(away, transport.reach(away, 30), "connection", {}, 30)


def test_one_that_answers_too_late_says_so(monkeypatch):
    monkeypatch.setattr(transport, "_SPARE", 0)
    monkeypatch.setattr(transport.bundle, "arguments", lambda *_: ("import time; time.sleep(9)", ""))
    here = host(name="here", connection=Connection(kind="local", address="localhost", become=False))
    with pytest.raises(OSError, match="no answer within 1 s"):
        transport.ask(here, transport.reach(here, 1), "connection", {}, 1)


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
    told = {"become_password": SecretStr("sample"), "secrets": {"ansible_become_password": SecretStr("sample")}}
    hidden = connection().model_copy(update=told)
    whole = fleet(host(inputs=secret, connection=hidden))
    arrived = packed.unpack(packed.pack(whole)).host("llm1")
    assert arrived.inputs["ollama_environment"]["HTTPS_PROXY"] == proxy
    assert arrived.connection.become_password == SecretStr("sample")
    assert arrived.connection.secrets == told["secrets"]
    assert not re.search("sample", whole.model_dump_json())


def test_a_record_is_a_fleet_without_secrets():
    whole = fleet(host())
    assert packed.unpack(whole.model_dump_json().encode()) == whole


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
