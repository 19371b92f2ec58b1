"""Somebody between the hosts of a fleet: who listens, who borrows an address, who stands in for a host."""

import json
import subprocess
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca, internal_ca

from llamakeep_lab import patience
from llamakeep_lab.machine import File

# Answers for a host whose address it borrowed, with TLS by a certificate of its own and without; keeps what it hears.
IMPOSTOR = r"""
import socket, ssl, sys, threading
port, address = int(sys.argv[1]), sys.argv[2]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/root/own.pem")
heard = open("/root/heard", "ab", buffering=0)
answer = b'HTTP/1.1 200 OK\r\nContent-Length: 22\r\nConnection: close\r\n\r\n{"version": "imposed"}'
def serve(line):
    with line:
        try:
            line.settimeout(5)
            if line.recv(1, socket.MSG_PEEK) == b"\x16":
                heard.write(b"[a client hello]")
                line = context.wrap_socket(line, server_side=True)
            heard.write(line.recv(65536))
            line.sendall(answer)
        except OSError as error:
            heard.write(f"[{error}]".encode())
family = socket.AF_INET6 if ":" in address else socket.AF_INET
with socket.create_server((address, port), family=family) as plug:
    print("ready", flush=True)
    while True:
        threading.Thread(target=serve, args=(plug.accept()[0],), daemon=True).start()
"""
# Tries to be let in: without TLS, with TLS and no certificate, with one that nobody of the fleet signed.
INTRUDER = r"""
import http.client, json, socket, ssl, sys
source, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
def tried(context):
    try:
        line = socket.create_connection((address, port), 5, source_address=(source, 0))
        if context:
            line = context.wrap_socket(line)
        line.settimeout(5)
        line.sendall(b"GET /api/tags HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return line.recv(4096).decode("latin-1")
    except OSError as error:
        return f"[{type(error).__name__}]"
bare = ssl._create_unverified_context()
own = ssl._create_unverified_context()
own.load_cert_chain("/root/own.pem")
print(json.dumps({"plain": tried(None), "bare": tried(bare), "own": tried(own)}))
"""


@cache
def _own() -> bytes:
    """Return a certificate with its key that says llm1, from a CA that calls itself like the fleet's."""
    return hosts_ca.issue(hosts_ca.make(internal_ca.now()), "llm1", internal_ca.now())[0].encode()


@contextmanager
def recorded(fleet, folder: Path):
    """Record every byte on the wire of every host; the function that is given returns host -> what was there."""
    listeners, paths = [], {}
    for host in fleet.machines.values():
        path = folder / f"{host.name}-whole.pcap"
        command = ["nsenter", "-t", str(host.pid), "-n", "tcpdump", "-i", "eth0", "-n", "-s", "0", "-U", "-Z", "root"]
        listeners.append(subprocess.Popen([*command, "-w", str(path), "tcp"], stderr=subprocess.DEVNULL))
        paths[host.name] = path
    deadline = time.monotonic() + patience.START
    while not all(path.exists() and path.stat().st_size for path in paths.values()):
        assert time.monotonic() < deadline, "tcpdump hears nothing"
        time.sleep(0.05)

    def heard():
        time.sleep(1)
        return {name: path.read_bytes() for name, path in paths.items()}

    try:
        yield heard
    finally:
        for listener in listeners:
            listener.terminate()
        for listener in listeners:
            listener.wait(timeout=30)


@contextmanager
def in_place_of(outsider, victim, towards):
    """Have the outsider receive what one host sends to another's addresses, as a poisoned neighbour table does."""
    mac = outsider.exec(["cat", "/sys/class/net/eth0/address"]).stdout.strip()
    addresses = ((victim.address4, "32"), (victim.address6, "128"))
    try:
        for address, bits in addresses:
            nodad = ["nodad"] if ":" in address else []
            outsider.exec(["ip", "address", "add", f"{address}/{bits}", "dev", "eth0", *nodad])
            towards.exec(["ip", "neigh", "replace", address, "lladdr", mac, "dev", "eth0", "nud", "permanent"])
        yield
    finally:
        for address, bits in addresses:
            outsider.exec(["ip", "address", "del", f"{address}/{bits}", "dev", "eth0"], check=False)
            towards.exec(["ip", "neigh", "del", address, "dev", "eth0"], check=False)


@contextmanager
def impostor(outsider, address, port):
    """Answer at a borrowed address; the function that is given returns what was heard there."""
    outsider.put_all({"/root/impostor.py": File(IMPOSTOR.encode()), "/root/own.pem": File(_own())})
    outsider.exec(["rm", "-f", "/root/heard"])
    outsider.exec(["systemd-run", "--unit", "impostor", "python3", "/root/impostor.py", str(port), address])
    try:
        yield lambda: outsider.exec(["cat", "/root/heard"], check=False).stdout
    finally:
        outsider.exec(["systemctl", "stop", "impostor"], check=False)
        outsider.exec(["systemctl", "reset-failed", "impostor"], check=False)


def intrude(outsider, source, address, port):
    """Return what came back at a door, in each of three ways."""
    outsider.put_all({"/root/intruder.py": File(INTRUDER.encode()), "/root/own.pem": File(_own())})
    said = outsider.exec(["python3", "/root/intruder.py", source, address, str(port)]).stdout
    return json.loads(said)
