"""What a host sees at its doors that ask for certificates: as itself, without a certificate, and without TLS."""

from shutil import copyfile

import pytest

from llamakeep.services.mutual_tls.verified import look
from llamakeep.verify.probe import connection
from mutual_server import certificates, serving

ANSWERS = {"/api/version": {"version": "0.34.4"}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder in which lies what a host of the fleet has."""
    for module in (connection, look):
        monkeypatch.setattr(module, "CERTIFICATE", str(tmp_path / "host.pem"))
    monkeypatch.setattr(connection, "ROOTS", str(tmp_path / "roots.pem"))
    certificates(tmp_path, "llm1", "llm1")
    copyfile(tmp_path / "host.pem", tmp_path / "server.pem")
    return tmp_path


def looked(port, name="llm1"):
    found = look._all({"name": name, "doors": [("127.0.0.1", port)]})
    (door,) = found["doors"]
    return found, {part: door[part] for part in ("shown", "without", "plain")}


def test_a_door_as_it_should_be(folder):
    with serving(folder, ANSWERS) as port:
        found, door = looked(port)
    assert door == {"shown": "", "without": "", "plain": door["plain"]}
    assert not door["plain"].startswith("HTTP")
    assert found["ends"].endswith("+00:00")
    assert found["readers"].endswith(" 0644")


def test_a_door_that_asks_nobody_for_a_certificate(folder):
    with serving(folder, ANSWERS, asks=False) as port:
        assert looked(port)[1]["without"].startswith("HTTP/1.0 200")


def test_a_door_without_tls(folder, serve):
    _, door = looked(serve(ANSWERS))
    assert door["plain"].startswith("HTTP/1.0 200")
    assert door["shown"] != ""
    assert door["without"] == ""


def test_a_door_of_somebody_else(folder):
    with serving(folder, ANSWERS) as port:
        assert "Hostname mismatch" in looked(port, "llm2")[1]["shown"]
    other = folder / "other"
    other.mkdir()
    certificates(other, "llm1", "llm1")
    with serving(other, ANSWERS) as port:
        assert "self-signed certificate" in looked(port)[1]["shown"] or "local issuer" in looked(port)[1]["shown"]


def test_a_door_that_shows_the_certificate_of_before(folder):
    certificates(folder, "llm1", "llm1")
    with serving(folder, ANSWERS) as port:
        assert looked(port)[1]["shown"].endswith("host.pem: it was not reloaded since")


def test_where_nobody_listens_that_is_said(folder, nobody_there):
    _, door = looked(nobody_there)
    assert "refused" in door["shown"]
    assert (door["without"], door["plain"]) == ("", "")


@pytest.mark.parametrize("name", ["llm1", "gpu 1", "x" * 64, "x" * 200, "künstlich", "192.0.2.11", "gpu_1"])
def test_a_host_is_asked_under_whatever_name_its_certificate_bears(folder, name):
    from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity

    certificates(folder, "chat1", name)
    with serving(folder, ANSWERS) as port:
        door = ("127.0.0.1", port, True, identity(name))
        (tried,) = connection.try_all([door], 5, 10)
        assert tried["speaks"] == "ollama"
        (tried,) = connection.try_all([("127.0.0.1", port, True, "")], 5, 10)
        assert (tried["outcome"], tried["speaks"]) == ("answers", "")
