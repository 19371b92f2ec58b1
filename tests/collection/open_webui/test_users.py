"""People come in by the inventory, each in the role that it gives, and none of their passwords is told to anybody."""

import json

import pytest

pytestmark = pytest.mark.lab

ANN = {"email": "Ann@example.org", "name": "Ann", "role": "admin", "password": "an ann-password 1"}
BOB = {"email": "bob@example.org"}
EVE = {"email": "eve@example.org", "state": "disabled"}
OTHER = "not the one of the database"
SECRETS = "/etc/llamakeep/open_webui/users"


@pytest.fixture(scope="module")
def people(chat):
    """Two users, and one who must not come in; returns what the run said."""
    # Other files' tests leave people of their own on this host.
    empty = f"rm -rf /var/lib/open-webui/* /var/lib/llamakeep/open_webui/* {SECRETS}"
    chat.sh(f"systemctl stop open-webui; {empty}; systemctl start open-webui")
    with chat.given(open_webui_users=[ANN, BOB, EVE]):
        foreseen = chat.converge("--check", "--diff")
        assert foreseen.code == 0, foreseen.text[-4000:]
        assert "+ann@example.org: admin\n+bob@example.org: user\n" in foreseen.text
        assert chat.sh(f"ls {SECRETS}", check=False) == ""
        done = chat.converge("-vvv", "--diff")
        assert done.code == 0, done.text[-4000:]
        chat.said = done.text
        yield chat


def users(chat, token):
    said = json.loads(chat.ask("/api/v1/users/all", token=token)[1])["users"]
    return {user["email"]: user for user in said}


def secret(chat):
    return chat.sh(f"sed -n 's/^password: //p' {SECRETS}/bob@example.org")


def test_they_log_in_with_what_the_vault_gave_or_the_host_made(people):
    assert "Paris" in asked(people, people.log_in("ann@example.org", ANN["password"]))
    assert "Paris" in asked(people, people.log_in("bob@example.org", secret(people)))
    seen = users(people, people.log_in())
    assert {email: user["role"] for email, user in seen.items()} == {
        "admin@localhost": "admin",
        "ann@example.org": "admin",
        "bob@example.org": "user",
    }
    assert (seen["ann@example.org"]["name"], seen["bob@example.org"]["name"]) == ("Ann", "bob")


def asked(chat, token):
    body = {"model": "tiny:1b", "stream": True, "messages": [{"role": "user", "content": "and?"}]}
    return chat.ask("/api/chat/completions", body, token)[1]


def test_passwords_are_with_root_alone_and_in_no_output(people):
    assert people.sh(f"stat -c '%U %a' {SECRETS} {SECRETS}/*") == "root 700\nroot 600"
    assert f"{SECRETS}/bob@example.org" in people.said
    journal = people.sh("journalctl --no-pager --output cat; cat /var/lib/llamakeep/receipt.json")
    for password in (ANN["password"], secret(people)):
        assert password not in people.said
        assert password not in journal


def test_a_second_run_changes_nothing_and_a_check_says_so(people):
    for words in ((), ("--check", "--diff")):
        again = people.converge(*words)
        assert (again.code, again.changed) == (0, 0), again.text


def test_a_role_that_somebody_gave_in_the_browser_is_put_right_and_said(people):
    admin = people.log_in()
    bob = users(people, admin)["bob@example.org"]["id"]
    assert people.ask(f"/api/v1/users/{bob}/update", {"role": "admin"}, admin)[0] == 200
    done = people.converge()
    assert (done.code, done.changed) == (0, 1)
    assert "bob@example.org: admin → user" in done.text
    assert users(people, people.log_in())["bob@example.org"]["role"] == "user"


def test_who_is_disabled_is_put_out_and_comes_back_with_all_that_was_his(people):
    token = people.log_in("bob@example.org", secret(people))
    chat = {"chat": {"title": "what bob wrote", "models": ["tiny:1b"], "messages": [], "history": {"messages": {}}}}
    assert people.ask("/api/v1/chats/new", chat, token)[0] == 200
    with people.given(open_webui_users=[ANN, {**BOB, "state": "disabled"}]):
        done = people.converge()
        assert "bob@example.org: user → disabled" in done.text
        assert people.ask("/api/models", token=token)[0] == 401
        again = people.log_in("bob@example.org", secret(people))  # he is told that he has to wait
        assert people.ask("/api/models", token=again)[0] == 401
        assert people.ask("/api/v1/chats/", token=again)[0] == 401
        assert people.converge().changed == 0
    assert people.converge().code == 0
    back = people.log_in("bob@example.org", secret(people))
    assert "what bob wrote" in people.ask("/api/v1/chats/", token=back)[1]


def test_who_is_not_listed_is_left_alone(people):
    with people.given(open_webui_users=[]):
        assert people.converge("--check").code == 0
        done = people.converge()
    assert done.code == 0, done.text
    assert "bob@example.org" not in done.text
    assert users(people, people.log_in())["bob@example.org"]["role"] == "user"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([{"email": "admin@localhost", "role": "user"}], "is the first administrator"),
        ([BOB, {**BOB, "role": "admin"}], "is listed more than once"),
        ([{"email": "../../etc/passwd@x"}], "is no address of an email account"),
        ([{**BOB, "state": "absent"}], "must be one of: present, disabled"),
        ([{"email": "fay@example.org", "password": "ü" * 40}], "80 bytes"),
    ],
)
def test_what_cannot_be_is_refused_by_words(people, given, says):
    with people.given(open_webui_users=given):
        done = people.converge()
    assert done.code != 0
    assert says in done.text
    assert "Traceback" not in done.text


def test_another_password_of_the_first_administrator_is_said_with_what_to_do(people):
    with people.given(open_webui_users=[ANN, BOB], open_webui_admin_password=OTHER):
        done = people.converge("-vvv", "--diff")
        assert done.code == 0, done.text[-3000:]
        for words in ("open_webui_admin_password: admin@localhost does not log in with it", "expected:", "→"):
            assert words in done.text
        assert OTHER not in done.text
        assert people.sh("stat -c '%U %a' /etc/llamakeep/open_webui/admin_password") == "root 600"
        assert people.converge().changed == 0
    done = people.converge("--check", "--diff")
    assert "admin_password" in done.text
    assert done.changed > 0
    assert people.converge().code == 0
    assert people.sh("ls /etc/llamakeep/open_webui") == "admin\nsecret_key\nusers"


def test_whatever_the_first_administrators_password_is_users_are_put_right(people):
    token = people.log_in()
    other = {"password": people.admin["password"], "new_password": "changed in the browser 1"}
    assert people.ask("/api/v1/auths/update/password", other, token)[0] == 200
    with people.given(open_webui_users=[ANN, BOB, {"email": "gus@example.org"}]):
        assert people.converge().code == 0
    token = people.log_in("admin@localhost", other["new_password"])
    assert "gus@example.org" in users(people, token)
    back = {"password": other["new_password"], "new_password": people.admin["password"]}
    assert people.ask("/api/v1/auths/update/password", back, token)[0] == 200
