"""The gateway as hosts of a lab said it, and the program that asks there."""

import ast
import json
import ssl
from pathlib import Path

from hosts_said import said

from llamakeep.observe.ask import Ask
from llamakeep.services.gateway.observed import program
from llamakeep.services.gateway.observed.fact import GatewayFact
from llamakeep.services.gateway.observed.seen import SeenBackend


def test_a_gateway_that_answers() -> None:
    seen = GatewayFact().parse(said("gateway", "converged"))
    assert (seen.answers, seen.version, seen.keys) == (True, "3.0.11-1+deb13u3", ("ann", "chat1"))
    assert seen.certificate.names == ("chat.lab.example", "api.lab.example")
    assert (seen.certificate.until, seen.certificate.fault) == ("2027-02-21T00:50:08Z", "")
    assert seen.backends[0] == SeenBackend(model="llama2:latest", host="llm1", up=True)


def test_a_host_that_is_away_is_down_for_each_of_its_models() -> None:
    seen = GatewayFact().parse(said("gateway", "a-host-away"))
    assert [(each.model, each.up) for each in seen.backends] == [("llama2:latest", False), ("smollm2:135m", False)]


def test_a_stopped_gateway_is_not_probed_and_its_certificate_is_read_from_disk() -> None:
    seen = GatewayFact().parse(said("gateway", "stopped"))
    assert (seen.answers, seen.backends) == (False, ())
    assert seen.certificate.names == ("chat.lab.example", "api.lab.example")


def test_a_certificate_for_other_names_says_so() -> None:
    fault = GatewayFact().parse(said("gateway", "for-another-domain")).certificate.fault
    assert fault == "it is not for chat.other.example; it is not for api.other.example"


def test_where_there_is_to_be_none_nothing_is_asked() -> None:
    assert GatewayFact().question(Ask()) == "echo none"
    assert GatewayFact().parse("none\n") is None


def test_the_program_is_python_3_9() -> None:
    ast.parse(Path(program.__file__).read_text(), feature_version=(3, 9))


def test_a_key_whose_day_is_over_is_not_in_force(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "keys.map").write_text("aa ann\nbb ann\ncc bob\n")
    (tmp_path / "until.map").write_text("bb 2000\ncc 1000\n")
    monkeypatch.setattr(program, "FOLDER", tmp_path)
    assert program.keys(1500) == ["ann"]
    assert program.keys(500) == ["ann", "bob"]


def test_a_model_whose_name_haproxy_cannot_write_is_called_by_its_own(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "models.json").write_text(json.dumps({"data": [{"id": "hf.co/me/Mine:Q4"}]}))
    (tmp_path / "models.map").write_text("hf.co/me/mine:q4 hf.co.me.Mine:Q4\n")
    monkeypatch.setattr(program, "FOLDER", tmp_path)
    assert program.models() == {"hf.co.me.Mine:Q4": "hf.co/me/Mine:Q4"}


def test_an_expired_certificate_says_so() -> None:
    pem = (Path(__file__).parent.parent / "fixtures" / "gateway-certificate.pem").read_text()
    seen = program.read(ssl.PEM_cert_to_DER_cert(pem), "lab.example", 4_000_000_000)
    assert seen["fault"] == "it has expired"
    assert seen["names"] == ["chat.lab.example", "api.lab.example"]


def test_a_wildcard_covers_one_label() -> None:
    assert program.fits("chat.lab.example", "*.lab.example")
    assert not program.fits("a.chat.lab.example", "*.lab.example")
