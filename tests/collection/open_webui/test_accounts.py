"""What has to be done for the users that are there to be those that are wanted."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import chat_accounts
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals

ANN = {"email": "Ann@Example.org", "role": "admin"}
SEEN = {"ann@example.org": {"id": "1", "role": "admin"}, "bob@example.org": {"id": "2", "role": "user"}}


def said(items, seen=SEEN, first=""):
    return [change.said() for change in chat_accounts.changes(chat_accounts.wanted(items), seen, first)]


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ([], []),
        ([ANN], []),
        ([{"email": "new@example.org"}], ["new@example.org: nobody → user"]),
        ([{"email": "bob@example.org", "role": "admin"}], ["bob@example.org: user → admin"]),
        ([{"email": "bob@example.org", "state": "disabled"}], ["bob@example.org: user → disabled"]),
        ([{"email": "new@example.org", "state": "disabled"}], []),
    ],
)
def test_what_differs_is_changed_and_nothing_else(items, says):
    assert said(items) == says


def test_somebody_who_was_disabled_comes_back():
    seen = {"bob@example.org": {"id": "2", "role": "pending"}}
    assert said([{"email": "bob@example.org"}], seen) == ["bob@example.org: disabled → user"]
    assert said([{"email": "bob@example.org", "state": "disabled"}], seen) == []


@pytest.mark.parametrize(
    "email",
    [
        "bob",
        "@x.y",
        "a/../b@x.y",
        "../../etc/passwd@x.y",
        ".b@x.y",
        "a b@x.y",
        "a@b@c.d",
        "a@x.y/",
        "a@x.y\0",
        "",
        "a@.x.",
        "a@x",
    ],
)
def test_an_email_that_is_none_is_refused(email):
    with pytest.raises(Refusals, match="no address of an email account"):
        chat_accounts.wanted([{"email": email}])


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(Refusals) as refused:
        chat_accounts.wanted([{"email": "x"}, ANN, ANN, {"email": "b@example.org", "password": "x" * 73}])
    assert [word in str(refused.value) for word in ("'x'", "more than once", "73 bytes")] == [True] * 3


@pytest.mark.parametrize("item", [{"role": "user"}, {"state": "disabled"}])
def test_the_first_administrator_stays_one(item):
    with pytest.raises(Refusal, match="is the first administrator"):
        said([{"email": "ann@example.org", **item}], first="ann@example.org")


def test_the_difference_names_people_and_roles_alone():
    found = chat_accounts.changes(chat_accounts.wanted([{"email": "new@example.org", "password": "s3cret"}]), SEEN)
    assert chat_accounts.diff(found) == [
        {
            "before_header": "users of Open WebUI",
            "after_header": "open_webui_users",
            "before": "",
            "after": "new@example.org: user\n",
        }
    ]
    assert chat_accounts.diff([]) == []
