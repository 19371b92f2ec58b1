"""`llamakeep key` as a person and as a script meet it."""

import hashlib
import json

import pytest

from llamakeep import cli
from llamakeep.keys import file


@pytest.fixture
def inventory(tmp_path):
    (tmp_path / "hosts.yml").write_text("all: {children: {gateway_hosts: {hosts: {gate1: }}}}\n")
    return str(tmp_path)


@pytest.fixture
def llamakeep(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr("sys.argv", ["llamakeep", *words])
        code = cli.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_key_is_alone_on_stdout_and_the_file_knows_its_hash(llamakeep, inventory, tmp_path):
    code, out, err = llamakeep("key", "add", "ann", "-i", inventory)
    made = out.strip()
    assert code == 0
    assert out == f"{made}\n"
    assert made not in err
    assert err.endswith(f"next: llamakeep up -i {inventory} --limit gateway_hosts\n")
    assert file.read(inventory)["ann"].sha256 == hashlib.sha256(made.encode()).hexdigest()
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(made in path.read_text() for path in written)


def test_the_machine_twin_holds_the_key_once(llamakeep, inventory):
    code, out, err = llamakeep("key", "add", "ann", "--rate", "30", "-i", inventory, "--json")
    record = json.loads(out)
    assert (code, err) == (0, "")
    assert record.keys() == {"path", "name", "key", "rate", "until"}
    assert out.count(record["key"]) == 1


def test_the_list_shows_names_and_ages_and_no_secret(llamakeep, inventory):
    llamakeep("key", "add", "ann", "-i", inventory)
    _, second, _ = llamakeep("key", "rotate", "ann", "--grace", "7", "-i", inventory)
    sha256 = file.read(inventory)["ann"].sha256
    for as_json in ((), ("--json",)):
        code, out, _ = llamakeep("key", "list", "-i", inventory, *as_json)
        assert code == 0
        assert "ann" in out
        assert sha256 not in out
        assert second.strip() not in out
    client = json.loads(out)["clients"][0]
    assert client["age_days"] == 0
    assert len(client["until"]) == 1


def test_an_empty_list_is_no_fault(llamakeep, inventory):
    code, out, _ = llamakeep("key", "list", "-i", inventory)
    assert code == 0
    assert "nobody has a key" in out
    assert out.endswith(f"next: llamakeep key add NAME -i {inventory}\n")


def test_rotation_says_until_when_the_old_key_opens(llamakeep, inventory):
    _, first, _ = llamakeep("key", "add", "ann", "-i", inventory)
    code, second, err = llamakeep("key", "rotate", "ann", "--grace", "7", "-i", inventory)
    client = file.read(inventory)["ann"]
    assert code == 0
    assert client.hashes() == tuple(hashlib.sha256(made.strip().encode()).hexdigest() for made in (second, first))
    assert f"an older key opens until the end of {client.previous[0].until}" in err


def test_what_was_taken_back_is_gone(llamakeep, inventory):
    llamakeep("key", "add", "ann", "-i", inventory)
    code, out, _ = llamakeep("key", "revoke", "ann", "-i", inventory)
    assert code == 0
    assert out.endswith(f"next: llamakeep up -i {inventory} --limit gateway_hosts\n")
    assert file.read(inventory) == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("revoke", "anm"), "did you mean ann?"),
        (("rotate", "anm"), "did you mean ann?"),
        (("add", "ann"), "has a key already"),
        (("add", "bob", "--rate", "0"), "0 is not in the range"),
        (("rotate", "ann", "--grace", "0"), "0 is not in the range"),
        (("list", "--limit", "gate1"), "leave --limit out"),
    ],
)
def test_what_cannot_be_done_is_exit_2_and_a_remedy(llamakeep, inventory, words, said):
    llamakeep("key", "add", "ann", "-i", inventory)
    code, out, err = llamakeep("key", *words, "-i", inventory)
    assert (code, out) == (2, "")
    assert said in err
