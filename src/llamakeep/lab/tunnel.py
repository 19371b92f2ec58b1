"""A way to a host's private door from this machine: one ssh, kept only as long as it is used."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Connection

_PATIENCE = 15.0  # seconds until the forwarded port must answer


def command(connection: Connection, local_port: int, remote_port: int) -> list[str]:
    """Return the ssh command line that leads `local_port` here to the host's own loopback."""
    target = f"{connection.user}@{connection.address}" if connection.user else connection.address
    key = ["-i", connection.private_key] if connection.private_key else []
    forward = f"127.0.0.1:{local_port}:127.0.0.1:{remote_port}"
    return [
        *("ssh", "-N", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-L", forward),
        # A shared connection would stay in the background, with the tunnel, when this process is ended.
        *("-o", "ControlMaster=no", "-o", "ControlPersist=no", "-o", "ControlPath=none"),
        *("-p", str(connection.port), *key, *connection.ssh_options, target),
    ]


@contextmanager
def tunnel(connection: Connection, remote_port: int) -> Iterator[str]:
    """Yield a base URL on this machine's loopback that leads to `remote_port` on the host's.

    Raises Refusal where ssh ends or the port does not open in time.
    """
    port = _free_port()
    ssh = subprocess.Popen(command(connection, port, remote_port), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait_until_open(ssh, port, connection.address)
        yield f"http://127.0.0.1:{port}"
    finally:
        ssh.terminate()
        ssh.communicate(timeout=10)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_open(ssh: subprocess.Popen[bytes], port: int, address: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if ssh.poll() is not None:
            said = ssh.stderr.read().decode(errors="replace").strip() if ssh.stderr else ""
            raise Refusal(address, f"ssh ended before the tunnel stood: {said}")
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise Refusal(address, f"the ssh tunnel did not open within {_PATIENCE:.0f} s")
