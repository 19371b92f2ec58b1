"""Somebody who listens on every wire of a lab: what leaves it, and how much there was to hear."""

import ipaddress
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from llamakeep_lab import Lab, Machine, patience


def leaving(lab: Lab) -> str:
    """Return the filter for packets that are not from the lab to the lab; neighbours and groups on the wire are."""
    someone = next(iter(lab.machines.values()))
    v4 = ipaddress.ip_network(f"{someone.address4}/24", strict=False)
    v6 = ipaddress.ip_network(f"{someone.address6}/64", strict=False)
    inside4 = f"(src net {v4} or src net 127.0.0.0/8) and (dst net {v4} or dst net 127.0.0.0/8)"
    # The machine under the lab tells groups of itself on each of its networks; no host has the bridge's own address.
    bridge = f"src host {v4[1]} and dst net 224.0.0.0/4"
    # ICMPv6 to neighbours finds them; it can leave no link.
    inside6 = f"(src net {v6} or src host ::1 or src net fe80::/10 or src host ::) and "
    inside6 += f"(dst net {v6} or dst host ::1 or dst net fe80::/10 or dst net ff02::/16)"
    return f"(ip and not ({inside4}) and not ({bridge})) or (ip6 and not ({inside6}))"


@dataclass
class Wire:
    """Listeners on one lab; each sits in the network of one of its hosts."""

    lab: Lab
    folder: Path
    listeners: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def listen(self) -> None:
        """Begin, on every host: once for what leaves, once for everything."""
        for host in self.lab.machines.values():
            for what, expression in (("leaving", leaving(self.lab)), ("all", "ip or ip6")):
                self._on(host, self._file(host, what), expression)

    def stop(self) -> None:
        """End every listener by its own process; what it heard is on disk then."""
        for listener in self.listeners:
            listener.terminate()
        for listener in self.listeners:
            listener.wait(timeout=30)
        self.listeners.clear()

    def heard(self, what: str) -> dict[str, list[str]]:
        """Return host -> one line a packet."""
        return {host.name: self._read(self._file(host, what)) for host in self.lab.machines.values()}

    def _file(self, host: Machine, what: str) -> Path:
        return self.folder / f"{host.name}-{what}.pcap"

    def _on(self, host: Machine, path: Path, expression: str) -> None:
        snap = ["-s", "96", "-U", "-Z", "root"]
        inside = ["nsenter", "-t", str(host.pid), "-n"]
        command = [*inside, "tcpdump", "-i", "any", "-n", *snap, "-w", str(path), expression]
        listener = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.listeners.append(listener)
        deadline = time.monotonic() + patience.START
        while not path.exists() or not path.stat().st_size:
            assert listener.poll() is None, f"tcpdump did not start on {host.name}"
            assert time.monotonic() < deadline, f"tcpdump hears nothing on {host.name}"
            time.sleep(0.05)

    def _read(self, path: Path) -> list[str]:
        done = subprocess.run(["tcpdump", "-nn", "-r", str(path)], capture_output=True, text=True, check=True)
        return done.stdout.splitlines()
