"""What the probe makes of systemd's words, and what it never lets out of a host."""

from pathlib import Path

import pytest

from llamakeep.verify.probe import units

SYSTEMD = Path(__file__).parent / "systemd"


def test_several_units_are_read_from_one_answer():
    shown = units.shown((SYSTEMD / "show.txt").read_text())
    assert shown["ollama.service"] == {
        "load": "loaded",
        "active": "active",
        "enabled": "enabled",
        "pid": 6600,
        "private_network": True,
        "stale": False,
        "drop_ins": [],
    }
    assert shown["ollama-api.socket"]["pid"] == 0
    assert shown["nosuch.service"]["load"] == "not-found"


def test_the_exposure_is_the_overall_figure():
    assert units.exposure((SYSTEMD / "security.txt").read_text()) == 1.2


@pytest.mark.parametrize("text", ["", "Unit ollama.service not found.\n"])
def test_without_a_figure_there_is_no_exposure(text):
    assert units.exposure(text) is None


def test_a_program_that_is_not_there_is_an_answer():
    assert units.Started("no-such-program-here", "x").result() == (
        127,
        "",
        "no-such-program-here: No such file or directory",
    )


def test_private_values_do_not_leave_the_host():
    private = units.secrets(
        {
            "HTTPS_PROXY": "http://kit:sample@proxy.example:3128",
            "PATH": "/usr/local/bin:/usr/bin",
            "INVOCATION_ID": "37edaa419eef432bad8aa22c49cbfe2d",
            "FLAG": "1",
        }
    )
    assert private == ["http://kit:sample@proxy.example:3128", "sample"]
    journal = [
        'level=INFO msg="server config" env="map[HTTPS_PROXY:http://kit:sample@proxy.example:3128]"',
        "dialing http://kit:sample@proxy.example:3128 failed",
        "login as kit with sample refused",
        'level=DEBUG msg="prompt" text="what I asked"',
        "[GIN] 200 | POST /api/chat",
    ]
    assert units.without_secrets("\n".join(journal), private) == [
        'level=INFO msg="server config" env=(not shown)',
        "dialing ••• failed",
        "login as kit with ••• refused",
        "[GIN] 200 | POST /api/chat",
    ]


def test_a_token_in_any_url_does_not_leave_the_host():
    private = units.secrets({"A": "http://t0ken@mirror.example", "B": "http://mirror.example/a?sig=ab12&v=1"})
    assert private == ["http://t0ken@mirror.example", "t0ken", "http://mirror.example/a?sig=ab12&v=1", "ab12"]
    shown = units.without_secrets("got t0ken and ab12\nGET http://u:p@other.example/?access_token=xy&v=2", private)
    assert shown == ["got ••• and •••", "GET http://•••@other.example/?access_token=•••&v=2"]
