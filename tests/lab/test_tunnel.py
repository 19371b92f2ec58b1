"""The way to a host's private door ends with the process that holds it."""

from llamakeep.inventory.fleet import Connection
from llamakeep.lab.tunnel import command


def test_a_connection_that_the_inventory_shares_is_not_shared_by_a_tunnel() -> None:
    options = ("-o", "ControlMaster=auto", "-o", "ControlPersist=120s")
    words = command(Connection(kind="ssh", address="192.0.2.7", ssh_options=options), 8000, 11434)
    assert words.index("ControlMaster=no") < words.index("ControlMaster=auto"), "the first one wins, as in ssh"
    assert words.index("ControlPersist=no") < words.index("ControlPersist=120s")
