"""Silent connections to a door: nobody takes all of its places, and others are served all the while."""

import threading

import pytest

import hosts
from llamakeep_lab.machine import File

from .conftest import answers

pytestmark = pytest.mark.lab
CROWD = hosts.ROOT / "tests" / "crowd.py"


class Flood(threading.Thread):
    """Silent connections that a user of a machine holds open for some seconds."""

    def __init__(self, machine, user, address, connections):
        super().__init__()
        self.machine = machine
        machine.put_all({"/tmp/crowd.py": File(CROWD.read_bytes())})
        self.script = (
            f"ulimit -n 8192; exec setpriv --reuid={user} --regid=nogroup --clear-groups "
            f"python3 /tmp/crowd.py {address} 11434 {connections}"
        )
        self.standing = 0

    def run(self):
        self.standing = int(hosts.sh(self.machine, self.script))


@pytest.mark.parametrize("who", ["a local user", "an allowed client"])
def test_nobody_takes_more_than_a_share_of_a_door(subject, who):
    if who == "a local user":
        flood = Flood(subject.machine, "nobody", "127.0.0.1", 4100)
    else:
        flood = Flood(subject.friend, "root", subject.machine.address6, 3000)
    flood.start()
    while flood.is_alive():
        assert answers(subject.machine, "127.0.0.1", patience=5)
        assert answers(subject.machine, subject.machine.address4, patience=5)
        if who == "a local user":
            assert answers(subject.friend, subject.machine.address4, patience=5)
    flood.join()
    assert 900 < flood.standing <= 1024
    assert subject.drift() == {}
