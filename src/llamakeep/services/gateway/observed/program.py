"""What the gateway of this host shows, whom it knows and what it leads to.

`python3 -I - ADDRESS PORT DOMAIN METRICS_PORT` prints one JSON object. It changes nothing: a service that is stopped
is not probed, because its socket would start it. Of a key only its client's name is read out.

>>> {"answers": true, "version": "3.0.11-1+deb13u3", "certificate": {"names": ["chat.example.org", …], …},
...  "keys": ["ann"], "backends": [{"model": "mistral:7b", "host": "llm1", "up": true, "queued": 0, "serving": 1}],
...  "chats": [{"host": "chat1", "up": true}]}
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

UNIT = "llamakeep-gateway.service"
FOLDER = Path("/etc/llamakeep/gateway")
PROGRAM = "/usr/sbin/haproxy"
PATIENCE = 3  # seconds
MOST = 1 << 22  # bytes of an answer
PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)
FILE = re.compile(r"^ *bind .* ssl crt (\S+)", re.MULTILINE)
SAMPLE = re.compile(r"^haproxy_(\w+)\{([^}]*)\} (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')


def runs(unit: str) -> bool:
    """Return whether a unit is up, as systemd has it."""
    shown = subprocess.run(["systemctl", "show", "-p", "ActiveState", unit], stdout=subprocess.PIPE, check=False)
    return shown.stdout.strip() in (b"ActiveState=active", b"ActiveState=reloading")


def shown(address: str, port: int, name: str) -> tuple[bytes | None, int]:
    """Return the certificate that the gateway shows for a name (DER), and the status of an answer without a key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is read here, and checked elsewhere
    plain = socket.create_connection((address, port), PATIENCE)
    with contextlib.closing(plain), context.wrap_socket(plain, server_hostname=name) as line:
        certificate = line.getpeercert(binary_form=True)
        connection = http.client.HTTPConnection(name, timeout=PATIENCE)
        connection.sock = line
        connection.request("GET", "/api/version", headers={"Connection": "close"})
        return certificate, connection.getresponse().status


def on_disk() -> bytes | None:
    """Return the first certificate of the file that the gateway reads (DER); None: there is none that can be read."""
    try:
        named = FILE.search((FOLDER / "haproxy.cfg").read_text(encoding="utf-8"))
        path = Path(named.group(1)) if named else FOLDER / "certificate.pem"
        found = PEM.search(path.read_text(encoding="ascii", errors="replace"))
        return ssl.PEM_cert_to_DER_cert(found.group(0)) if found else None
    except (OSError, ValueError):
        return None


def read(der: bytes, domain: str, now: float) -> dict[str, Any]:
    """Return what a certificate says, and what is wrong with it for clients of a domain."""
    handle = os.memfd_create("certificate")
    try:
        os.write(handle, ssl.DER_cert_to_PEM_cert(der).encode())
        # The one reader of certificates in the standard library: what the ssl module itself is tested with.
        said = ssl._ssl._test_decode_cert(f"/proc/self/fd/{handle}")  # type: ignore[attr-defined]
    finally:
        os.close(handle)
    names = [value for kind, value in said.get("subjectAltName", ()) if kind in ("DNS", "IP Address")]
    ends, begins = ssl.cert_time_to_seconds(said["notAfter"]), ssl.cert_time_to_seconds(said["notBefore"])
    issuer = {key: value for pairs in said.get("issuer", ()) for key, value in pairs}
    faults = [f"it is not for {name}" for name in wanted(domain) if not any(fits(name, each) for each in names)]
    if now >= ends:
        faults.append("it has expired")
    if now < begins:
        faults.append("it is not valid yet")
    return {
        "names": names,
        "issuer": issuer.get("commonName") or issuer.get("organizationName") or "",
        "until": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends)),
        "fingerprint": hashlib.sha256(der).hexdigest(),
        "fault": "; ".join(faults),
    }


def wanted(domain: str) -> list[str]:
    """Return the names that clients use."""
    return [f"{first}.{domain}".lower() for first in ("chat", "api")]


def fits(name: str, pattern: str) -> bool:
    """Return whether a certificate's name covers a host's: a wildcard covers one label."""
    pattern = pattern.lower()
    return name == pattern or (pattern.startswith("*.") and name.partition(".")[2] == pattern[2:])


def keys(now: float) -> list[str] | None:
    """Return the names of the clients whose keys are in force; None: only root may see them."""
    try:
        old = (FOLDER / "until.map").read_text(encoding="utf-8").splitlines()
        known = (FOLDER / "keys.map").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    ends = dict(line.split() for line in old if len(line.split()) == 2)
    rows = [line.split() for line in known if len(line.split()) == 2]
    return sorted({name for key, name in rows if not ends.get(key, "").isdigit() or int(ends[key]) > now})


def metrics(port: int) -> list[tuple[str, dict[str, str], str]]:
    """Return [metric, labels, value] of what the gateway counts."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", "/metrics", headers={"Connection": "close"})
        text = connection.getresponse().read(MOST).decode("utf-8", "replace")
    return [(name, dict(LABEL.findall(labels)), value) for name, labels, value in SAMPLE.findall(text)]


def behind(samples: list[tuple[str, dict[str, str], str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return {(proxy, server): {"up", "queued", "serving"}} in the configuration's order."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for name, labels, value in samples:
        place = labels.get("proxy", ""), labels.get("server", "")
        if name == "server_status" and labels.get("state") == "UP":
            found.setdefault(place, {})["up"] = value == "1"
        elif name in ("server_current_queue", "server_current_sessions") and value.isdigit():
            found.setdefault(place, {})["queued" if name.endswith("queue") else "serving"] = int(value)
    return {place: {"up": False, "queued": 0, "serving": 0, **each} for place, each in found.items()}


def models() -> dict[str, str]:
    """Return backend -> model: HAProxy takes fewer characters in a name than a model may have."""
    try:
        listed = json.loads((FOLDER / "models.json").read_text(encoding="utf-8"))
        names = [str(each["id"]) for each in listed["data"]]
        rows = [line.split() for line in (FOLDER / "models.map").read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    leads = {row[0]: row[1] for row in rows if len(row) == 2}
    return {leads[name.lower()]: name for name in names if name.lower() in leads}


def version(samples: list[tuple[str, dict[str, str], str]]) -> str | None:
    """Return the version that runs, as it says itself; else that of the program on disk."""
    for name, labels, _ in samples:
        if name == "process_build_info" and labels.get("version"):
            return labels["version"]
    with contextlib.suppress(OSError):
        said = subprocess.run([PROGRAM, "-v"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        found = re.match(rb"HAProxy version (\S+)", said)
        return found.group(1).decode() if found else None
    return None


def certificate(der: bytes | None, domain: str) -> dict[str, Any] | None:
    """Return what the certificate says that is shown, or where nothing is, the one on disk."""
    kept = on_disk()
    if der is None and kept is None:
        return None
    found = read(der or kept or b"", domain, time.time())
    if der and kept and der != kept:
        other = "the one on disk is another: the gateway has not read it yet"
        found["fault"] = "; ".join(filter(None, (found["fault"], other)))
    return found


def look(address: str, port: int, domain: str, metrics_port: int) -> dict[str, Any]:
    """Return all of it."""
    der, status, samples = None, None, []
    if runs(UNIT):
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            der, status = shown(address, port, f"api.{domain}")
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            samples = metrics(metrics_port)
    found: dict[str, Any] = {"answers": status is not None, "version": version(samples), "keys": keys(time.time())}
    found["certificate"] = None
    with contextlib.suppress(AttributeError, LookupError, OSError, ValueError):
        found["certificate"] = certificate(der, domain)
    named, servers = models(), behind(samples)
    found["backends"] = [
        {"model": named.get(proxy[4:], proxy[4:]), "host": server, **each}
        for (proxy, server), each in servers.items()
        if proxy.startswith("ask:")
    ]
    chats = [(server, each["up"]) for (proxy, server), each in servers.items() if proxy == "chat"]
    found["chats"] = [{"host": server, "up": up} for server, up in chats]
    return found


if __name__ == "__main__":
    print(json.dumps(look(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))))  # noqa: T201
