"""A door: the only way into a service that has no network.

systemd listens outside and hands the sockets over; this program runs in the service's own network namespace and
carries each connection to the service's loopback port. It reads just enough HTTP to know when a request is under
way and when a connection rests, and so nobody notices that the service behind it restarts: what is under way is
finished first, what comes meanwhile waits, kept connections are kept. What is not HTTP is carried unread.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import struct

from allowlist import Allowlist
from control import address
from door import Door

FIRST_SOCKET = 3  # sd_listen_fds(3)


async def serve(given: argparse.Namespace) -> None:
    """Be the door until told to leave."""
    host, port = given.to.rsplit(":", 1)
    door = Door((host, int(port)), Allowlist(given.allowlist), given.connections, given.patience)
    leave = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leave.set)

    async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not is_root(writer.get_extra_info("socket")):
            return writer.close()
        verb, *seconds = (await reader.readline()).decode().split()
        if verb == "hold":
            left = await door.hold(float(seconds[0]))
            writer.write(f"{left} requests still under way\n".encode() if left else b"")
        else:
            door.release()
        return writer.close()

    control = await asyncio.start_unix_server(obey, address(given.control))
    door.admit(handed_over())
    await leave.wait()
    control.close()
    await door.leave()


def is_root(line: socket.socket) -> bool:
    """Say whether the one who speaks is root, or who this program runs as."""
    _, user, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return user in (0, os.getuid())


def handed_over() -> list[socket.socket]:
    """Return the sockets on which systemd listens for this door."""
    count = int(os.environ.get("LISTEN_FDS", "0"))
    sockets = [socket.socket(fileno=number) for number in range(FIRST_SOCKET, FIRST_SOCKET + count)]
    for listener in sockets:
        listener.setblocking(False)
    return sockets


def main() -> None:
    parser = argparse.ArgumentParser(prog="door", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--to", required=True, metavar="ADDRESS:PORT", help="where the service listens, inside")
    parser.add_argument("--allowlist", required=True, metavar="FILE", help="who may come in, beside this host itself")
    parser.add_argument("--control", required=True, metavar="@NAME", help="where to be told to hold and to release")
    parser.add_argument("--connections", type=int, default=4096, metavar="N", help="clients at once")
    parser.add_argument("--patience", type=float, default=120, metavar="S", help="wait for a service that is away")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
