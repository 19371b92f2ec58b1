"""A door that asks for certificates: HAProxy as on a host, a CA, and clients that show a certificate, or none."""

import asyncio
import datetime
import signal
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import doors, hosts_ca
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.internal_ca import now, pem
from scene import GET, LIMIT, Scene, free_port, program, render, reply

HOST = "llm1"  # whose door it is
LONG_AGO = datetime.timedelta(days=800)  # when the root was made
SILENCE = (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError)


def own_address():
    """Return an address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("192.0.2.1", 9))  # nothing is sent
        return line.getsockname()[0]


class Root:
    """A CA between hosts, what it issued, and what it revoked."""

    def __init__(self):
        self.authority = hosts_ca.make(now() - LONG_AGO)
        self.revoked = []

    @property
    def text(self):
        return pem(self.authority.certificate)

    @property
    def listed(self):
        return hosts_ca.revocations(self.authority, self.revoked, now())

    def issue(self, name, ago=0):
        """Return a key with its certificate; one that was issued so many days ago."""
        return hosts_ca.issue(self.authority, name, now() - datetime.timedelta(days=ago))[0]

    def revoke(self, text):
        certificate = text[text.index("-----BEGIN CERT") :]
        serial = hosts_ca.x509.load_pem_x509_certificate(certificate.encode()).serial_number
        self.revoked.append((serial, now()))


class TlsScene(Scene):
    """A service, and a door on loopback and on an address of the network, where it asks for certificates."""

    def __init__(self, names=("chat1", HOST), **door):
        super().__init__(**door)
        self.allowed_names = list(names)
        self.roots = [Root()]
        self.shown = self.roots[0].issue(HOST)

    def expanded(self):
        self.at = own_address()
        place = {name: str(self.folder / name) for name in ("allowlist", "configuration", "bearers")}
        place |= {"runtime": str(self.folder / "door"), "state": str(self.folder / "door.state")}
        place["pem"] = {name: str(self.folder / f"{name}.pem") for name in ("host", "roots", "revoked")}
        asked = {"name": "door", "into": "x.service", "port": self.port, "upstream": self.service.port, "tls": True}
        return {**doors.expand({**asked, "at": [self.at], "allowed_names": self.allowed_names}), **place, **self.wanted}

    def write(self):
        write_pem(self.folder, self.shown, self.roots)
        self.door["allowed_names"] = self.allowed_names
        (self.folder / "bearers").write_text(render("door.names.j2", self.door))
        super().write()

    async def renew(self):
        """Have the door take what it has now: its certificate, the roots, the list of the revoked, and the names."""
        self.write()
        return await self.reload()

    def context(self, text="", roots=None):
        """Return how a client speaks that shows a certificate, or none, and trusts some roots."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(cadata="".join(root.text for root in roots or self.roots))
        if text:
            with tempfile.NamedTemporaryFile("w", dir=self.folder) as file:
                file.write(text)
                file.flush()
                context.load_cert_chain(file.name)
        return context

    async def connect(self, context, name=HOST):
        return await asyncio.open_connection(self.at, self.port, ssl=context, server_hostname=name)

    async def asked(self, text="", roots=None):
        """Return what a client gets that shows a certificate: the status and the body; nothing where there is none."""
        try:
            reader, writer = await asyncio.wait_for(self.connect(self.context(text, roots)), 10)
            writer.write(GET)
            head, body = await asyncio.wait_for(reply(reader), 10)
        except SILENCE:
            return None
        writer.close()
        return int(head.split()[1]), body

    async def asked_on_loopback(self):
        """Return what this host itself gets, without TLS."""
        reader, writer = await self.probe()
        writer.write(GET)
        head, body = await asyncio.wait_for(reply(reader), 10)
        writer.close()
        return int(head.split()[1]), body


def write_pem(folder, shown, roots):
    (folder / "host.pem").write_text(shown)
    (folder / "roots.pem").write_text("".join(root.text for root in roots))
    (folder / "revoked.pem").write_text("".join(root.listed for root in roots))


class DoorOut:
    """A door out of a sealed network, which shows this host's certificate, and wants to see one of a name."""

    def __init__(self, upstream, shown, roots, name=HOST):
        self.upstream, self.shown, self.roots, self.name = upstream, shown, roots, name

    async def __aenter__(self):
        self.kept = tempfile.TemporaryDirectory()
        folder = Path(self.kept.name)
        self.port = free_port()
        write_pem(folder, self.shown, self.roots)
        asked = {"name": "models", "out_of": "x.service", "port": self.port, "to": self.upstream}
        door = doors.expand({**asked, "verified_as": self.name})
        door["pem"] = {name: str(folder / f"{name}.pem") for name in ("host", "roots", "revoked")}
        configuration = folder / "configuration"
        configuration.write_text(render("door_out.cfg.j2", door))
        self.said = (folder / "said").open("a")
        command = [*program(), "-W", "-q", "-f", str(configuration)]
        self.process = subprocess.Popen(command, stdout=self.said, stderr=self.said)
        for _ in range(500):
            if await self.listens():
                return self
            await asyncio.sleep(0.02)
        said = (folder / "said").read_text()
        await self.__aexit__()
        raise RuntimeError(said)

    async def listens(self):
        try:
            (await asyncio.open_connection("127.0.0.1", self.port))[1].close()
        except OSError:
            return False
        return True

    async def __aexit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.said.close()
        self.kept.cleanup()

    async def asked(self):
        """Return what a client inside gets, who knows nothing of TLS; nothing where there is no answer."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(GET)
            return (await asyncio.wait_for(reply(reader), 10))[1]
        except SILENCE:
            return None


def tls_scene(play=None, **door):
    """Make a coroutine over a scene with TLS a test that ends in time."""
    if play is None:
        return lambda play: tls_scene(play, **door)

    def test():
        async def run():
            async with TlsScene(**door) as stage:
                await asyncio.wait_for(play(stage), timeout=LIMIT)

        asyncio.run(run())

    test.__name__ = play.__name__
    return test
