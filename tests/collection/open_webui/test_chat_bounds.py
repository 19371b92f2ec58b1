"""A body of 400 MB, from whoever has not logged in: the chat never holds it, and others are served all the while."""

import threading

import pytest

pytestmark = pytest.mark.lab

CURL = "curl -s -m 120 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json'"
BODY = "head -c 400000000 /dev/zero | tr '\\0' x"
LOG_IN = "http://127.0.0.1:8080/api/v1/auths/signin"


def held(chat):
    """Return the most that the chat has held so far, in KiB, and how often systemd started it again."""
    pid = chat.sh("systemctl show -P MainPID open-webui")
    return int(chat.sh(f"awk '/^VmHWM/ {{print $2}}' /proc/{pid}/status")), pid


@pytest.mark.parametrize("manner", ["chunked", "sized", "sixty at a time"])
def test_a_body_of_400_megabytes_is_not_held(chat, manner):
    token = chat.log_in()
    before, pid = held(chat)
    chat.sh(f"test -f /tmp/long || {BODY} >/tmp/long; head -c 33000000 /tmp/long >/tmp/most")
    sent, wanted, grown = {
        "chunked": (f"{BODY} | {CURL} -X POST -T - {LOG_IN}", {"411"}, 20_000),
        "sized": (f"{CURL} --data-binary @/tmp/long {LOG_IN}", {"413"}, 20_000),
        "sixty at a time": (
            f"seq 60 | xargs -P 60 -I_ {CURL} -w '\\n' -m 300 --data-binary @/tmp/most {LOG_IN}",
            {"422", "429"},
            2_000_000,  # half of what it may take
        ),
    }[manner]
    said = []
    sender = threading.Thread(target=lambda: said.append(chat.sh(sent, check=False)))
    sender.start()
    while True:
        done = not sender.is_alive()
        assert chat.ask("/api/v1/auths/", token=token)[0] == 200
        if done:
            break
    assert {code[-3:] for code in said[0].split()} <= wanted
    after, still = held(chat)
    assert after - before < grown
    assert still == pid


def test_a_picture_in_a_message_passes(chat):
    token = chat.log_in()
    message = "{'role': 'user', 'content': 'data:image/png;base64,' + 'A' * 20_000_000}"
    made = f"json.dump({{'chat': {{'title': 't', 'messages': [{message}]}}}}, open('/tmp/picture', 'w'))"
    chat.sh(f'python3 -c "import json; {made}"')
    post = "--data-binary @/tmp/picture http://127.0.0.1:8080/api/v1/chats/new"
    assert chat.sh(f"{CURL} -H 'Authorization: Bearer {token}' {post}") == "200"


def test_systemd_knows_what_the_chat_may_take(chat):
    units = "open-webui.service open-webui-web.service open-webui-models.service"
    assert chat.sh(f"systemctl show -P MemoryMax {units} | grep .").split() == [str(2**32), str(2**30), str(2**30)]
