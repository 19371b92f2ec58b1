"""A connection that is held through a change of the keys, against what the gateway tells it."""

import socket
import ssl
import time

import pytest

from .conftest import KEY, sha256
from .stubborn import Stubborn

pytestmark = pytest.mark.lab
HOST = "api.gate.example"


def hold(gateway):
    context = ssl.create_default_context(cadata=gateway.trusted)
    context.set_alpn_protocols(["h2"])
    plug = socket.create_connection((gateway.machine.address4, 443), 30)
    return Stubborn(context.wrap_socket(plug, server_hostname=HOST))


def test_a_revoked_key_opens_nothing_on_a_connection_from_before(gateway):
    held = hold(gateway)
    asked = {"authorization": f"Bearer {KEY}"}
    assert held.get(HOST, "/api/tags", **asked) == 200
    try:
        assert gateway.converge(gateway_keys={"other": {"sha256": sha256("lk_other")}}).code == 0
        assert gateway.ask("/api/tags").status == 401
        # The process that was replaced hands it to the one that knows the keys of now.
        assert held.get(HOST, "/api/tags", **asked) == 401
        assert held.told_to_leave
        time.sleep(7)
        assert held.get(HOST, "/api/tags", **asked) == 401
    finally:
        assert gateway.converge().code == 0
    assert gateway.ask("/api/tags").status == 200
