"""A chat that people log in to, on a host that has no models of its own."""

import json

import pytest

from hanging import hang

pytestmark = pytest.mark.lab

ASKED = {"model": "tiny:1b", "stream": True, "messages": [{"role": "user", "content": "the capital of France?"}]}


def test_a_second_run_changes_nothing(chat):
    again = chat.converge()
    assert (again.code, again.changed) == (0, 0), again.text
    look = json.loads(chat.sh("python3 /root/receipt.py look"))
    assert look["drift"] == []
    assert look["receipt"]["complete"]


def test_the_service_and_its_door_see_loopback_and_nothing_else(chat):
    chat.log_in()
    for unit in ("open-webui.service", "open-webui-web.service"):
        seen = chat.sh(f"tail -n +3 /proc/$(systemctl show -P MainPID {unit})/net/dev | cut -d: -f1")
        assert seen.split() == ["lo"], unit


def test_its_units_are_hardened(chat):
    for unit in ("open-webui.service", "open-webui-web.service", "open-webui-models.service"):
        said = chat.sh(f"systemd-analyze security --no-pager {unit} | tail -1")
        assert float(said.split(":")[1].split()[0]) <= 1.5, said


def test_the_admin_logs_in_sees_the_models_and_reads_a_streamed_answer(chat):
    token = chat.log_in()
    code, text = chat.ask("/api/models", token=token)
    assert (code, [model["id"] for model in json.loads(text)["data"]]) == (200, ["tiny:1b", "tool:1b"])
    code, text = chat.ask("/api/chat/completions", ASKED, token)
    parts = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    words = [part["choices"][0]["delta"].get("content") for part in parts if part.get("choices")]
    assert (code, [word for word in words if word]) == (200, ["Paris", " of", " course"])


def test_nobody_signs_up_and_nobody_reads_without_logging_in(chat):
    wish = {"name": "eve", "email": "eve@example.org", "password": "correct horse 1"}
    assert chat.ask("/api/v1/auths/signup", wish)[0] == 403
    assert chat.ask("/api/v1/auths/signin", {**chat.admin, "password": "wrong"})[0] == 400
    for path in ("/api/models", "/api/v1/chats/", "/api/v1/users/", "/ollama/api/tags"):
        assert chat.ask(path)[0] == 401, path


def test_an_admin_does_not_take_away_what_others_wrote(chat):
    assert chat.ask("/api/v1/chats/all/db", token=chat.log_in())[0] == 401


def test_nothing_leaves_the_host_but_what_is_asked_of_the_models(chat):
    # ICMPv6 to neighbours is the kernel's own (it looks for a router as long as there is none), and leaves no link.
    neighbours = "nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-report, mld2-listener-report"
    watch = f"""
    table inet watch {{
      chain out {{
        type filter hook output priority -10;
        oif lo accept
        tcp sport 22 accept
        tcp dport 11434 accept
        icmpv6 type {{ {neighbours} }} accept
        counter drop
      }}
    }}
    """
    chat.sh(f"nft -f - <<'END'{watch}\nEND")
    try:
        chat.sh("systemctl restart open-webui")
        assert chat.ask("/api/chat/completions", ASKED, chat.log_in())[0] == 200
        assert "packets 0 " in chat.sh("nft list table inet watch | grep counter")
        send = "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))"
        chat.sh(f'python3 -c "{send}"', check=False)  # refused, and counted
        assert "packets 1 " in chat.sh("nft list table inet watch | grep counter")
    finally:
        chat.sh("nft delete table inet watch")


def test_what_people_write_and_the_keys_are_in_no_journal_and_no_process_list(chat):
    assert chat.ask("/api/chat/completions", ASKED, chat.log_in())[0] == 200
    key = chat.sh("cat /etc/llamakeep/open_webui/secret_key")
    journal, processes = chat.sh("journalctl --no-pager --output cat"), chat.sh("ps axww")
    for secret in ("capital of France", key, chat.admin["password"]):
        assert secret not in journal
        assert secret not in processes
    assert chat.sh("ls /var/lib/llamakeep/open_webui") == "state.json"


def test_one_that_hangs_is_restarted(chat):
    hang(chat.machine, "open-webui.service")
    done = chat.converge()
    assert (done.code, done.changed > 0) == (0, True), done.text
    chat.log_in()
    assert chat.converge().changed == 0


def test_who_asks_while_it_restarts_waits(chat):
    chat.sh("systemctl restart --no-block open-webui; sleep 1")
    assert chat.ask("/health")[0] == 200
    # The door lets people in a moment before systemd calls the service started.
    chat.sh("for n in {1..100}; do systemctl is-active --quiet open-webui && exit; sleep 0.3; done; exit 1")


def test_keys_and_users_outlive_a_restart(chat):
    token = chat.log_in()
    chat.sh("systemctl restart open-webui")
    assert chat.ask("/api/models", token=token)[0] == 200
