"""No secret passes, in whichever form a file holds it; what is none stays."""

import pytest
from pydantic import Secret, SecretStr

from llamakeep.converge.redaction import Redaction, redaction_for
from llamakeep.hosts.connection import Connection
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.lock.lock import Lock

SAMPLE = 'sa%mp"le\\va lue'


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"X: {SAMPLE}", id="plain"),
        pytest.param('Environment="X=sa%%mp\\"le\\\\va lue"', id="in a unit file"),
        pytest.param('{"x": "sa%mp\\"le\\\\va lue"}', id="in JSON"),
        pytest.param("GET /?x=sa%25mp%22le%5Cva%20lue", id="in a URL"),
    ],
)
def test_a_secret_is_known_in_every_form(text):
    hidden = Redaction([SAMPLE]).hide(text)
    assert "(redacted)" in hidden
    assert "mp" not in hidden


def test_the_secret_that_is_being_replaced_is_struck_out_with_the_new_one():
    text = '-Environment="X=elder-words"\n+Environment="X=younger-words"\n Environment="Y=stays"'
    assert Redaction(["younger-words"]).hide(text) == (
        '-Environment="X=(redacted)\n+Environment="X=(redacted)"\n Environment="Y=stays"'
    )


def test_a_line_that_only_shares_its_first_words_stays():
    text = "-# a comment\n+# sample-value\n # another"
    assert Redaction(["sample-value"]).hide(text) == "-# a comment\n+# (redacted)\n # another"


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ('-Environment="OLLAMA_API_KEY=of-this-host"', '-Environment="OLLAMA_API_KEY=(redacted)"'),
        ("-HF_TOKEN=of-this-host", "-HF_TOKEN=(redacted)"),
        (
            '-Environment="HTTPS_PROXY=http://kit:words@proxy.example"',
            '-Environment="HTTPS_PROXY=http://•••@proxy.example"',
        ),
        ('+Environment="OLLAMA_KEEP_ALIVE=5m"', '+Environment="OLLAMA_KEEP_ALIVE=5m"'),
        (" key = sorted(names)", " key = sorted(names)"),
    ],
)
def test_a_secret_of_the_host_that_nobody_told_us_goes_by_its_name(line, hidden):
    assert Redaction().hide(line) == hidden


def test_a_secret_of_several_lines_is_struck_out_line_by_line():
    text = "+-----BEGIN KEY-----\n+c2FtcGxl\n+-----END KEY-----"
    assert "c2FtcGxl" not in Redaction(["-----BEGIN KEY-----\nc2FtcGxl\n-----END KEY-----\n"]).hide(text)


def test_a_short_secret_is_struck_out_only_where_it_stands_alone():
    assert Redaction(["7b"]).hide("mistral-7b1, pin: 7b") == "mistral-7b1, pin: (redacted)"


def test_an_empty_secret_strikes_out_nothing():
    assert Redaction(["", "\n"]).hide("a b") == "a b"


def test_every_secret_of_a_fleet_is_known():
    host = Host(
        name="gpu01",
        groups=("llm_hosts",),
        connection=Connection(
            kind="ssh", address="192.0.2.7", password=SecretStr("of-ssh"), become_password=SecretStr("of-sudo")
        ),
        inputs={"ollama_environment": {"OLLAMA_X": Secret("in-a-dict")}, "list": [Secret(4711)], "plain": "plain"},
    )
    fleet = Fleet(inventory="x", lock=Lock(), hosts=(host,))
    assert redaction_for(fleet).hide("of-ssh of-sudo in-a-dict 4711 plain") == " ".join(["(redacted)"] * 4 + ["plain"])
