"""People log in with the name and the password that a real directory knows, over TLS, from a sealed network."""

import json

import pytest

pytestmark = pytest.mark.lab

ASKED = {"model": "tiny:1b", "stream": True, "messages": [{"role": "user", "content": "the capital of France?"}]}


def test_who_is_in_the_directory_logs_in_and_chats(seat):
    code, said = seat.log_in_by_name("ann", "annes geheimnis")
    assert (code, said.get("email"), said.get("role")) == (200, "ann@example.org", "user"), said
    assert "Paris" in seat.ask("/api/chat/completions", ASKED, said["token"])[1]


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("ann", "wrong"),
        ("ann", ""),
        ("nobody", "annes geheimnis"),
        ("bob", "bobs geheimnis"),  # whom the filter leaves out
        ("*", "annes geheimnis"),
        ("ann)(uid=*", "annes geheimnis"),
    ],
)
def test_others_are_refused(seat, user, password):
    code, said = seat.log_in_by_name(user, password)
    assert (code, "token" in said) == (400, False), said


def test_a_directory_that_is_down_is_said_and_harms_nobody_else(seat):
    admin = seat.log_in()
    seat.serve("systemctl kill --signal=STOP test-slapd; systemctl kill --signal=KILL test-slapd; sleep 1")
    try:
        code, said = seat.log_in_by_name("ann", "annes geheimnis")
        assert (code, said["detail"]) == (400, "LDAP authentication failed.")
        assert "LDAP authentication error: " in seat.sh(
            "journalctl --sync; journalctl -u open-webui --no-pager -o cat -n 200"
        )
        assert seat.ask("/api/models", token=admin)[0] == 200
    finally:
        seat.serve(SLAPD.format(address=seat.models.address4))
    assert seat.log_in_by_name("ann", "annes geheimnis")[0] == 200


def test_what_cannot_work_is_refused_before_anything_is_touched(seat):
    seat.set(open_webui_ldap_base="")
    try:
        done = seat.converge()
    finally:
        seat.set(open_webui_ldap_base="ou=people,dc=example,dc=org")
    assert done.code == 2
    assert "open_webui_ldap_base: is empty" in done.text
    assert json.loads(seat.sh("python3 /root/receipt.py look"))["receipt"]["complete"]


SLAPD = (
    "systemctl reset-failed test-slapd 2>/dev/null; systemd-run --unit test-slapd slapd -d 0 "
    "-h 'ldaps://{address}:636 ldap://{address}:389' -f /srv/directories/slapd.conf; "
    "for _ in $(seq 60); do ss -ltn | grep -q ':636 ' && break; sleep 0.5; done"
)
