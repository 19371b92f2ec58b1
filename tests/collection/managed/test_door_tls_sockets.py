"""A door at every address, with the sockets that systemd hands over: loopback has its own, and stays plain."""

import asyncio
import fcntl
import os
import re
import socket
import subprocess

import door_control
import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import doors
from scene import program, render
from tls_scene import TlsScene

HIGH = 64  # above the numbers at which systemd begins


class Everywhere(TlsScene):
    """A door at every address, started as systemd starts it."""

    at_all = ("0.0.0.0", "127.0.0.1")  # where it listens, by the test of its endpoints

    def expanded(self):
        self.plugs = {}
        self.port = 0
        for address in sorted(self.at_all, key=lambda one: one != "0.0.0.0"):
            plug = socket.socket()
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            plug.bind((address, self.port))
            plug.listen(64)
            self.port = plug.getsockname()[1]
            self.plugs[address] = plug
        mine = super().expanded()
        asked = {"name": "door", "into": "x.service", "port": self.port, "at": ["0.0.0.0"], "tls": True}
        found = doors.expand(asked)
        return {**mine, "listens": found["listens"], "reuses_port": found["reuses_port"]}

    def start(self):
        listed = [one["endpoint"].rpartition(":")[0] for one in self.door["listens"]]
        assert sorted(listed) == sorted(self.plugs)
        numbers = [fcntl.fcntl(self.plugs[address], fcntl.F_DUPFD, HIGH) for address in listed]
        moved = " ".join(f"{at}<&{number}" for at, number in enumerate(numbers, 3))
        unit = render("door.service.j2", self.door)
        command = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1].replace(" -Ws ", " -W ").split()
        self.said = (self.folder / "said").open("a")
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec {moved}; exec "$@"', "door", *program(), *command[1:]],
            env={**os.environ, "LISTEN_FDS": str(len(numbers))},
            pass_fds=numbers,
            stdout=self.said,
            stderr=self.said,
        )
        for number in numbers:
            os.close(number)
        for plug in self.plugs.values():
            plug.close()
        self.control = door_control.Door("door", self.folder)


@pytest.mark.skipif("LLAMAKEEP_TEST_HAPROXY" in os.environ, reason="no socket is handed into a container")
def test_the_nearest_socket_takes_a_connection_and_loopback_stays_plain():
    async def run():
        async with Everywhere() as stage:
            chat = stage.roots[0].issue("chat1")
            assert stage.door["reuses_port"]
            for _ in range(2):
                for _ in range(20):
                    assert await stage.asked_on_loopback() == (200, b"ok")
                assert await stage.asked(chat) == (200, b"ok")
                assert await stage.asked() is None
                await stage.renew()

    asyncio.run(asyncio.wait_for(run(), 60))
