"""Who may do what on a converged host: an ordinary user, one who is named, root, and who comes from another host."""

import json

import pytest

pytestmark = pytest.mark.lab

BLOB = f"/api/blobs/sha256:{'0' * 64}"
ASK, MANAGE = 11434, 11436
MANAGING = [("DELETE", "/api/delete"), ("POST", "/api/copy"), ("POST", "/api/create"), ("HEAD", BLOB)]


def status(subject, user, port, path="/api/version", method="GET", machine=None, address="127.0.0.1"):
    """Return the status of an answer that a user of a machine gets; 0 where nobody answers."""
    body = "" if method in ("GET", "HEAD") else " -d '{}'"
    head = "-I" if method == "HEAD" else f"-X {method}"
    curl = f"curl -s -o /dev/null -m 20 -w '%{{http_code}}' {head}{body} http://{address}:{port}{path}"
    as_user = f"setpriv --reuid={user} --regid=nogroup --clear-groups {curl}"
    said = (machine or subject.machine).exec(["sh", "-c", as_user], check=False).stdout
    return int(said.strip() or 0)


@pytest.fixture(scope="module")
def ann(bare):
    bare.sh("id ann >/dev/null 2>&1 || useradd --system ann")
    yield "ann"
    bare.sh("userdel ann", check=False)


def test_everybody_of_the_host_asks_and_nobody_manages_by_the_same_door(subject):
    for user in ("nobody", "root"):
        assert status(subject, user, ASK) == 200
        assert {status(subject, user, ASK, path, method) for method, path in MANAGING} == {403}
        assert status(subject, user, ASK, "/whatever") == 404


def test_who_may_come_from_another_host_does_not_manage_either(subject):
    at = {"machine": subject.friend, "address": subject.machine.address4}
    assert status(subject, "root", ASK, **at) == 200
    assert {status(subject, "root", ASK, path, method, **at) for method, path in MANAGING} == {403}
    assert status(subject, "root", MANAGE, **at) == 0


def test_root_alone_reaches_the_door_for_managing(subject):
    assert status(subject, "root", MANAGE) == 200
    assert [status(subject, user, MANAGE) for user in ("nobody", "ollama", "daemon")] == [0, 0, 0]


def test_a_user_who_is_named_reaches_it_too_and_after_a_boot_as_well(subject, ann):
    done = subject.converge(ollama_manage_users=[ann])
    assert done.code == 0, done.text
    assert [status(subject, user, MANAGE) for user in (ann, "root", "nobody")] == [200, 200, 0]
    subject.machine.container.restart()
    subject.machine.wait()
    assert [status(subject, user, MANAGE) for user in (ann, "root", "nobody")] == [200, 200, 0]
    assert subject.drift() == {}
    assert subject.converge(ollama_manage_users=[ann]).changed == 0


def test_a_user_whom_the_host_does_not_have_is_refused_by_name(subject):
    done = subject.converge(ollama_manage_users=["nosuch"])
    assert done.code != 0
    assert "ollama_manage_users: this host has no user nosuch" in done.text


def test_the_port_is_another_one_than_that_of_the_door(subject):
    done = subject.converge(ollama_manage_port=ASK)
    assert done.code != 0
    assert "ollama_manage_port: is 11434, which is ollama_api_port" in done.text
    done = subject.converge(ollama_network="open", ollama_manage_port=ASK + 1)
    assert done.code != 0
    assert (
        "ollama_manage_port: is 11435, which is ollama_api_port or, with ollama_network open, the one above it"
        in done.text
    )


def test_a_restart_of_the_service_loses_no_request_of_who_manages(subject):
    ask = f"curl -sf -m 60 http://127.0.0.1:{MANAGE}/api/version"
    loop = f"for _ in $(seq 40); do {ask} >/dev/null || echo lost; sleep 0.1; done"
    subject.sh("systemctl reset-failed ollama", check=False)
    assert subject.sh(f"({loop}) & sleep 1; systemctl restart ollama; systemctl restart ollama; wait") == ""
    assert json.loads(subject.sh(ask))["version"] == "0.34.0"


def test_its_door_is_sealed_and_hardened_as_the_other_one_is(subject):
    assert status(subject, "root", MANAGE) == 200
    seen = subject.sh("tail -n +3 /proc/$(systemctl show -P MainPID ollama-manage.service)/net/dev | cut -d: -f1")
    assert seen.split() == ["lo"]
    said = subject.sh("systemd-analyze security --no-pager ollama-manage.service | tail -1")
    assert float(said.split(":")[1].split()[0]) <= 1.5, said
