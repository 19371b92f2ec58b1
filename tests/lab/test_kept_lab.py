"""A lab that was kept is raised again as it was: same hosts, same keys, and what ran comes up by itself."""

import pytest

import llamakeep_lab as labs
from llamakeep_lab import engine, snapshot
from llamakeep_lab.machine import File
from own import own

pytestmark = pytest.mark.lab

NAME = own("kept")
UNIT = "[Service]\nExecStart=/usr/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"


@pytest.fixture
def base(tmp_path):
    yield tmp_path / "inventories"
    labs.down(NAME, base=tmp_path / "inventories")
    snapshot.forget(engine.connect(), NAME)


def test_what_was_converged_is_there_again_after_seconds(base):
    raised = labs.up(NAME, llm=1, standin=True, base=base)
    host = raised.host("llm1")
    host.put_all({"/etc/systemd/system/mine.service": File(UNIT.encode()), "/etc/mine": File(b"converged\n")})
    host.exec(["systemctl", "enable", "--now", "mine.service"])
    (raised.inventory / "group_vars" / "mine.yml").write_text("mine: 1\n")
    key = snapshot.key(NAME, llm=1)
    before = {path: host.read(path) for path in ("/etc/ssh/ssh_host_ed25519_key", "/etc/mine", "/etc/machine-id")}
    known = (raised.inventory / ".ssh" / "known_hosts").read_text()
    snapshot.save(raised, key)
    labs.down(NAME, base=base)

    assert snapshot.load(NAME, "another key", base=base, llm=1, standin=True) is None
    again = snapshot.load(NAME, key, base=base, llm=1, standin=True)
    assert again is not None
    back = again.host("llm1")
    assert back.container.id != host.container.id
    assert (back.address4, back.address6) == (host.address4, host.address6)
    assert {path: back.read(path) for path in before} == before
    assert back.exec(["systemctl", "is-active", "mine.service"]).stdout == "active\n"
    assert (again.inventory / ".ssh" / "known_hosts").read_text() == known
    assert (again.inventory / "group_vars" / "mine.yml").read_text() == "mine: 1\n"
    assert back.exec(["python3", "-c", "import socket; socket.create_connection(('registry1', 5000), 30)"]).code == 0
