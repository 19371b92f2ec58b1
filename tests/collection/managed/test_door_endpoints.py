"""Where a door with TLS listens and what it is made of: on loopback too, and there as plain as ever."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import doors
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.table import complete
from scene import render

API = {"name": "ollama-api", "into": "ollama.service", "port": 11434, "at": ["192.0.2.11"], "tls": True}
OUT = {"name": "models", "out_of": "open-webui.service", "port": 11434, "to": "192.0.2.10:11434"}


def rendered(name, variables):
    return render(name, variables["door"]) if name.endswith(".j2") else name


def written(door):
    files = complete("x", {"doors": [door]}, rendered)["files"]
    return {file["path"].rsplit("/", 1)[1]: file for file in files}


def listens(*at, tls=True):
    return [(one["endpoint"], one["tls"]) for one in doors.expand({**API, "at": [*at], "tls": tls})["listens"]]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (["192.0.2.11"], [("127.0.0.1:11434", False), ("192.0.2.11:11434", True)]),
        (["2001:db8::11"], [("127.0.0.1:11434", False), ("[2001:db8::11]:11434", True)]),
        (["192.0.2.11", "127.0.0.1"], [("192.0.2.11:11434", True), ("127.0.0.1:11434", False)]),
        (["0.0.0.0"], [("127.0.0.1:11434", False), ("0.0.0.0:11434", True)]),
        (["::"], [("127.0.0.1:11434", False), ("[::1]:11434", False), ("[::]:11434", True)]),
        (
            ["0.0.0.0", "::"],
            [("127.0.0.1:11434", False), ("[::1]:11434", False), ("0.0.0.0:11434", True), ("[::]:11434", True)],
        ),
        (["127.0.0.1", "::1"], [("127.0.0.1:11434", False), ("[::1]:11434", False)]),
        (["127.0.0.2"], [("127.0.0.2:11434", False)]),
    ],
)
def test_loopback_is_always_there_and_plain(at, expected):
    assert listens(*at) == expected


def test_without_tls_it_listens_where_it_is_told_to_and_nowhere_else():
    assert listens("192.0.2.11", tls=False) == [("192.0.2.11:11434", False)]
    assert listens("0.0.0.0", tls=False) == [("0.0.0.0:11434", False)]


def test_on_loopback_alone_it_speaks_no_tls():
    door = doors.expand({**API, "at": ["127.0.0.1"]})
    assert (door["tls"], door["beyond_loopback"], door["reuses_port"]) == (False, False, False)
    assert " ssl " not in written({**API, "at": ["127.0.0.1"]})["ollama-api.cfg"]["content"]


def test_loopback_has_a_socket_of_its_own_beside_the_one_for_every_address():
    assert "ReusePort=yes\n" in written({**API, "at": ["0.0.0.0"]})["ollama-api.socket"]["content"]
    assert "ReusePort" not in written(API)["ollama-api.socket"]["content"]
    assert "ReusePort" not in written({**API, "at": ["0.0.0.0"], "tls": False})["ollama-api.socket"]["content"]


@pytest.mark.parametrize("at", [["192.0.2.11"], ["192.0.2.11", "127.0.0.1"], ["::", "0.0.0.0"]])
def test_each_socket_is_handed_over_in_the_order_in_which_the_door_expects_it(at):
    files, expected = written({**API, "at": at}), doors.expand({**API, "at": at})["listens"]
    sockets = [
        line.partition("=")[2]
        for line in files["ollama-api.socket"]["content"].splitlines()
        if line.startswith("ListenStream=")
    ]
    binds = [line.split() for line in files["ollama-api.cfg"]["content"].splitlines() if "bind fd@" in line]
    assert sockets == [one["endpoint"] for one in expected]
    assert [bind[1] for bind in binds] == [f"fd@{number}" for number in range(3, 3 + len(sockets))]
    assert ["ssl" in bind for bind in binds] == [one["tls"] for one in expected]


def test_it_names_whose_certificate_opens_it_in_a_file_that_it_takes_up_anew():
    names = written({**API, "allowed_names": ["chat1", "gpu-1~ab"]})["ollama-api.names"]
    assert names["content"].splitlines()[-2:] == ["chat1", "gpu-1~ab"]
    assert names["reloads"] == ["ollama-api.service"]
    assert "ollama-api.names" not in written({**API, "tls": False})


def test_its_program_takes_another_certificate_and_reads_the_hosts_key():
    unit = written(API)["ollama-api.service"]["content"]
    assert "ReloadPropagatedFrom=llamakeep-tls.service\n" in unit
    assert "SupplementaryGroups=llamakeep-tls\n" in unit
    plain = written({**API, "tls": False})["ollama-api.service"]["content"]
    assert "llamakeep-tls" not in plain


def test_a_door_out_that_verifies_is_haproxy_with_a_configuration_of_its_own():
    files = written({**OUT, "verified_as": "llm1"})
    unit, configuration = files["models.service"]["content"], files["models.cfg"]
    assert "haproxy -Ws -q -f /etc/llamakeep/doors/models.cfg\n" in unit
    assert "systemd-socket-proxyd" not in unit
    assert "ReloadPropagatedFrom=llamakeep-tls.service\n" in unit
    assert "SupplementaryGroups=llamakeep-tls\n" in unit
    assert "IPAddressDeny=any\nIPAddressAllow=192.0.2.10\n" in unit
    assert " verify required verifyhost llm1 " in configuration["content"]
    assert configuration["content"].endswith("\n")  # HAProxy takes no other file
    assert configuration["reloads"] == ["models.service"]


def test_a_door_out_that_verifies_nobody_carries_everything_unread():
    files = written(OUT)
    assert "models.cfg" not in files
    assert "llamakeep-tls" not in files["models.service"]["content"]
    assert "haproxy" not in files["models.service"]["content"]
