"""Which servers a chat asks, and what is said of those that it cannot ask; no host is needed."""

from pathlib import Path

import pytest
import yaml
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import doors
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.directories import servers
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.directories_refused import refusals

DEFAULTS = yaml.safe_load((Path(__file__).resolve().parents[3] / "roles/open_webui/defaults/main.yml").read_text())
LDAP = {"open_webui_ldap_server": "ldap.example.org:636", "open_webui_ldap_base": "dc=example,dc=org"}
OIDC = {
    "open_webui_oidc_issuer": "https://id.example.org/realms/staff",
    "open_webui_oidc_client_id": "chat",
    "open_webui_oidc_client_secret": "s",
}
DATABASE = {
    "open_webui_database": "postgresql://chat@db.example.org/chat",
    "open_webui_database_password": "p",
}
KNOWN = {
    "ldap.example.org": ["192.0.2.20"],
    "id.example.org": ["192.0.2.21", "2001:db8::21"],
    "db.example.org": ["2001:db8::22"],
}


def resolve(name):
    return KNOWN.get(name, [])


def found(models="", **told):
    return servers({**DEFAULTS, **told}, resolve, models)


def said(**told):
    return [
        str(one) for one in refusals({**DEFAULTS, **told}, resolve, told.get("found_at", "https://chat.example.org"))
    ]


def test_without_a_word_there_is_none():
    assert found() == {}
    assert said() == []


def test_each_has_a_door_to_one_address_and_a_loopback_address_of_its_own():
    seen = found(**LDAP, **OIDC, **DATABASE)
    assert {kind: (server["inside"], server["port"], server["to"]) for kind, server in seen.items()} == {
        "ldap": ("127.0.0.2", 636, "192.0.2.20:636"),
        "oidc": ("127.0.0.3", 443, "192.0.2.21:443"),
        "database": ("127.0.0.4", 5432, "[2001:db8::22]:5432"),
    }
    assert (seen["database"]["user"], seen["database"]["path"]) == ("chat", "/chat")
    assert said(**LDAP, **OIDC, **DATABASE) == []


def test_what_bears_one_name_has_one_loopback_address():
    seen = found(**LDAP, **OIDC | {"open_webui_oidc_issuer": "https://ldap.example.org"}, **DATABASE)
    assert [server["inside"] for server in seen.values()] == ["127.0.0.2", "127.0.0.2", "127.0.0.3"]
    gateway = found("ldap.example.org", **LDAP, **OIDC)
    assert [server["inside"] for server in gateway.values()] == ["127.0.0.1", "127.0.0.2"]


def test_a_server_without_a_name_is_asked_at_its_doors_address():
    cleartext = {"open_webui_ldap_server": "192.0.2.20", "open_webui_ldap_tls": "cleartext"}
    (server,) = found(**LDAP | cleartext).values()
    assert (server["asked"], server["name"], server["to"]) == ("127.0.0.2", "", "192.0.2.20:389")
    assert said(**LDAP | cleartext) == []


def test_an_address_that_is_said_is_not_looked_up():
    told = LDAP | {"open_webui_ldap_server": "unknown.example.org", "open_webui_ldap_address": "2001:db8::20"}
    assert found(**told)["ldap"]["to"] == "[2001:db8::20]:636"
    assert said(**told) == []


def test_a_door_listens_where_it_is_told_to():
    door = {"name": "x", "out_of": "y.service", "port": "636", "to": "192.0.2.20:636"}
    assert doors.expand(door)["listens"] == [{"endpoint": "127.0.0.1:636", "tls": False}]
    inside = doors.expand({**door, "inside": "127.0.0.2"})
    assert inside["listens"] == [{"endpoint": "127.0.0.2:636", "tls": False}]


@pytest.mark.parametrize(
    ("told", "place", "words"),
    [
        (LDAP | {"open_webui_ldap_server": "ldaps://ldap.example.org"}, "open_webui_ldap_server", "more than a host"),
        (LDAP | {"open_webui_ldap_server": "ldap.example.org:70000"}, "open_webui_ldap_server", "cannot be asked"),
        (LDAP | {"open_webui_ldap_server": "gone.example.org"}, "open_webui_ldap_server", "open_webui_ldap_address"),
        (LDAP | {"open_webui_ldap_server": "192.0.2.20:636"}, "open_webui_ldap_server", "the name that its"),
        (LDAP | {"open_webui_ldap_address": "ldap"}, "open_webui_ldap_address", "no address"),
        (LDAP | {"open_webui_ldap_base": ""}, "open_webui_ldap_base", "is empty"),
        (LDAP | {"open_webui_ldap_base": "dc=a\ndc=b"}, "open_webui_ldap_base", "line break"),
        (LDAP | {"open_webui_ldap_filter": "a=b"}, "open_webui_ldap_filter", "no filter"),
        (LDAP | {"open_webui_ldap_mail_attribute": ""}, "open_webui_ldap_mail_attribute", "no attribute"),
        (LDAP | {"open_webui_ldap_bind_dn": "cn=chat"}, "open_webui_ldap_bind_password", "vault"),
        (LDAP | {"open_webui_ldap_bind_password": "s"}, "open_webui_ldap_bind_dn", "is empty"),
        (LDAP | {"open_webui_ldap_ca": "/etc/ca.crt"}, "open_webui_ldap_ca", "holds no certificate"),
        (OIDC | {"open_webui_oidc_issuer": "http://id.example.org"}, "open_webui_oidc_issuer", "https"),
        (OIDC | {"open_webui_oidc_issuer": "https://192.0.2.1"}, "open_webui_oidc_issuer", "open_webui_oidc_address"),
        (OIDC | {"open_webui_oidc_client_id": ""}, "open_webui_oidc_client_id", "is empty"),
        (OIDC | {"open_webui_oidc_client_secret": ""}, "open_webui_oidc_client_secret", "is empty"),
        (OIDC | {"open_webui_oidc_client_secret": "s\n"}, "open_webui_oidc_client_secret", "line break"),
        (OIDC | {"found_at": ""}, "open_webui_url", "is empty"),
        (OIDC | {"open_webui_oidc_groups": ["a,b"]}, "open_webui_oidc_groups", "comma"),
        (OIDC | {"open_webui_oidc_groups": ["a"], "open_webui_newcomers": "user"}, "open_webui_newcomers", "pending"),
        (
            DATABASE | {"open_webui_database": "mysql://chat@db.example.org/chat"},
            "open_webui_database",
            "postgresql://",
        ),
        (DATABASE | {"open_webui_database": "postgresql://db.example.org/chat"}, "open_webui_database", "lacks a user"),
        (DATABASE | {"open_webui_database_password": ""}, "open_webui_database_password", "is empty"),
    ],
)
def test_what_cannot_work_is_said_once_with_its_place(told, place, words):
    (one,) = said(**told)
    assert one.startswith(f"{place}: ")
    assert words in one
    assert "→" in one


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(Refusal) as refused:
        found(**DATABASE | {"open_webui_database": "postgresql://chat:hush@db.example.org/chat"})
    assert "hush" not in str(refused.value)
    (one,) = said(**DATABASE | {"open_webui_database": "postgresql://chat:hu?sh@db.example.org/chat"})
    assert "hu?sh" not in one
