"""People log in at a real OpenID issuer, step by step as their browser does it, and come back with an account."""

import pytest

pytestmark = pytest.mark.lab


def test_who_the_issuer_knows_comes_back_logged_in(seat):
    came = seat.log_in_at_issuer("cleo", "cleos geheimnis")
    assert came["url"].startswith("http://chat.example.net:8080/auth"), came
    assert "error=" not in came["url"]
    code, text = seat.ask("/api/v1/auths/", token=came["token"])
    assert (code, '"email":"cleo@example.org"' in text, '"role":"user"' in text) == (200, True, True), text
    assert seat.ask("/api/models", token=came["token"])[0] == 200


def test_a_wrong_password_at_the_issuer_leads_nowhere(seat):
    came = seat.log_in_at_issuer("cleo", "wrong")
    assert (came["token"], came["url"].startswith("https://id.example.org:9443/")) == ("", True), came


def test_the_cookie_of_the_way_there_is_sent_on_the_way_back(seat):
    told = [line for line in seat.log_in_at_issuer("cleo", "cleos geheimnis")["cookies"] if "=" in line]
    (asked, *_) = [line.lower() for line in told if line.startswith("owui-session=")]
    (token, *_) = [line.lower() for line in told if line.startswith("token=")]
    assert "samesite=lax" in asked
    assert "samesite=strict" in token


def test_an_issuer_that_is_down_harms_nobody_else(seat):
    seat.serve("systemctl kill --signal=STOP test-issuer; systemctl kill --signal=KILL test-issuer; sleep 1")
    try:
        assert seat.ask("/api/models", token=seat.log_in())[0] == 200
    finally:
        seat.serve(ISSUER.format(address=seat.models.address4))
    assert seat.log_in_at_issuer("cleo", "cleos geheimnis")["token"]


ISSUER = (
    "cd /srv/directories; systemctl reset-failed test-issuer 2>/dev/null; systemd-run --unit test-issuer "
    "--setenv CANAILLE_CONFIG=$PWD/canaille.toml --working-directory $PWD venv/bin/canaille run "
    "--bind {address}:9443 --certfile $PWD/id.pem --keyfile $PWD/id.pem; "
    "until curl -sk -o /dev/null https://{address}:9443/; do sleep 1; done"
)
