"""Users and chats are in a real PostgreSQL, on another host, over TLS."""

import json
import time

import pytest

pytestmark = pytest.mark.lab

HISTORY = {"messages": {}, "currentId": None}
CHAT = {"chat": {"title": "kept", "models": ["tiny:1b"], "history": HISTORY, "messages": []}}
SSL = "select distinct ssl from pg_stat_ssl natural join pg_stat_activity where usename = 'chat'"

# Of this start alone, and nothing while the one before it has not ended.
SAID = """
test "$(systemctl is-active open-webui)" = activating &&
  journalctl --no-pager -o cat "_SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID open-webui)"
"""


def asked(seat, query):
    return seat.serve(f'runuser -u postgres -- psql -qAt chat -c "{query}"')


def test_the_first_administrator_is_made_in_it(seat):
    seat.log_in()
    assert seat.admin["email"] in asked(seat, "select email from public.user where role = 'admin'").split()
    assert "webui.db" not in seat.sh("ls /var/lib/open-webui")


def test_it_is_asked_over_tls(seat):
    seat.log_in()
    assert asked(seat, SSL) == "t"


def test_chats_outlive_a_restart_of_either(seat):
    token = seat.log_in()
    code, text = seat.ask("/api/v1/chats/new", CHAT, token)
    assert code == 200, text
    made = json.loads(text)["id"]
    assert f"{made}|kept" in asked(seat, "select id, title from chat").split("\n")
    seat.sh("systemctl restart open-webui")
    assert seat.ask(f"/api/v1/chats/{made}", token=token)[0] == 200
    seat.serve("systemctl restart postgresql")
    assert seat.ask(f"/api/v1/chats/{made}", token=token)[0] == 200


def test_a_database_that_is_away_is_waited_for(seat):
    seat.serve("systemctl stop postgresql")
    try:
        seat.sh("systemctl restart --no-block open-webui")
        until = time.monotonic() + 200
        while "connection to server" not in seat.sh(SAID, check=False):
            assert time.monotonic() < until, seat.sh("journalctl -u open-webui --no-pager -n 50")
            time.sleep(2)
        assert seat.sh("systemctl is-active open-webui", check=False) in ("activating", "reloading")
    finally:
        seat.serve("systemctl start postgresql")
    seat.machine.exec(["bash", "-c", "until systemctl is-active -q open-webui; do sleep 1; done"])
    seat.log_in()
