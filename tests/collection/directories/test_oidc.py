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


def test_who_may_not_sign_up_gets_no_account(seat):
    seat.set(open_webui_oidc_sign_up=False)
    create = (
        "cd /srv/directories; CANAILLE_CONFIG=$PWD/canaille.toml venv/bin/canaille create user --user-name dora "
        "--password 'doras geheimnis' --emails dora@example.org --given-name Dora --family-name Example "
        "--formatted-name 'Dora Example' >/dev/null"
    )
    try:
        assert seat.converge().code == 0
        seat.serve(create)
        came = seat.log_in_at_issuer("dora", "doras geheimnis")
        assert came["token"] == ""
        assert "error=" in came["url"], came
        assert seat.log_in_at_issuer("cleo", "cleos geheimnis")["token"]
    finally:
        seat.set(open_webui_oidc_sign_up=True)
        assert seat.converge().code == 0


def test_an_issuer_that_is_down_is_said(seat):
    seat.serve("systemctl kill --signal=STOP test-issuer")
    seat.serve("systemctl kill --signal=CONT test-issuer")
    assert seat.log_in_at_issuer("cleo", "cleos geheimnis")["token"]
