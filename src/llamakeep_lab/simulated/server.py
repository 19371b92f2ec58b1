"""Many hosts in one process: `python -m llamakeep_lab.simulated.server`, with the fleet as JSON on stdin.

stdin: `{"socket": descriptor of a listening socket, "host_key", "impostor_key", "authorized_keys": paths,
"hosts": {address: {"name", "fault", "answer": number}}, "answers": [recorded text, …]}`. It ends with SIGTERM.

Which host is meant is told by the address that was called; what runs is never run: an answer is played.
"""

import asyncio
import json
import re
import resource
import socket
import sys
from typing import Any

import asyncssh

from llamakeep_lab.simulated.fault import SLOWNESS, Fault

_QUICK: dict[str, Any] = {  # a host's own processor would do this; here it is the control node's
    "kex_algs": ["curve25519-sha256", "curve25519-sha256@libssh.org"],
    "encryption_algs": ["aes128-gcm@openssh.com", "aes128-ctr"],
    "compression_algs": ["none"],
    "encoding": None,
    "login_timeout": 60,
}


class _Jump(asyncssh.SSHServer):
    """Every host may be the jump host to another."""

    def connection_requested(self, dest_host: str, *_: object) -> bool:
        """Let a connection to loopback pass."""
        return dest_host.startswith("127.")


class Server:
    """All hosts of a fleet."""

    def __init__(self, request: dict[str, Any]) -> None:
        """Load the keys once."""
        self._hosts: dict[str, dict[str, Any]] = request["hosts"]
        self._answers = [text.encode("ascii") for text in request["answers"]]
        self._tasks: set[asyncio.Task[None]] = set()
        keys, clients = request["host_key"], request["authorized_keys"]
        self._honest = self._options(keys, clients)
        self._impostor = self._options(request["impostor_key"], clients)
        self._locked = self._options(keys, None)

    def _options(self, key: str, clients: str | None) -> asyncssh.SSHServerConnectionOptions:
        return asyncssh.SSHServerConnectionOptions(
            server_factory=_Jump,
            server_host_keys=[key],
            authorized_client_keys=clients,
            process_factory=self._play,
            **_QUICK,
        )

    async def serve(self, listener: socket.socket) -> None:
        """Take every connection."""
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listener)
            task = asyncio.create_task(self._meet(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _meet(self, connection: socket.socket) -> None:
        """Be the host that was called."""
        host = self._hosts.get(connection.getsockname()[0])
        fault = Fault(host["fault"]) if host else Fault.DROPS
        if fault is Fault.SILENT:
            await asyncio.sleep(3600)
        if fault is Fault.DROPS:
            await asyncio.get_running_loop().sock_sendall(connection, b"SSH-2.0-OpenSSH_10.0p2\r\n")
            await asyncio.sleep(0.1)
            connection.close()
            return
        options = {Fault.IMPOSTOR: self._impostor, Fault.LOCKED: self._locked}.get(fault, self._honest)
        try:
            await asyncssh.run_server(connection, options=options)
        except (asyncssh.Error, OSError):
            connection.close()

    async def _play(self, process: "asyncssh.SSHServerProcess[bytes]") -> None:
        """Answer what was asked as the recorded host did."""
        host = self._hosts[process.get_extra_info("sockname")[0]]
        fault = Fault(host["fault"])
        if process.command == "true":
            process.exit(0)
            return
        first = re.search(rb"echo (llamakeep-\w+);", (process.command or "").encode())
        if first:
            process.stdout.write(first[1] + b"\n")
        last = re.search(rb"(llamakeep-\w+) \"\$\?\"\n$", await process.stdin.read())
        if fault is Fault.HANGS:
            await asyncio.sleep(3600)
        if fault is Fault.SLOW:
            await asyncio.sleep(SLOWNESS)
        answer = self._answers[host["answer"]]
        if fault is Fault.BREAKS:
            process.stdout.write(answer[: len(answer) // 2])
            await process.stdout.drain()
            await asyncio.sleep(0.1)
            process.get_extra_info("connection").abort()
            return
        process.stdout.write(answer + (b"\n%s 0\n" % last[1] if last else b""))
        process.exit(0)


def main() -> None:
    """Serve until somebody ends the process."""
    request = json.load(sys.stdin)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncssh.set_log_level("CRITICAL")
    asyncio.run(Server(request).serve(socket.socket(fileno=request["socket"])))


if __name__ == "__main__":
    main()
