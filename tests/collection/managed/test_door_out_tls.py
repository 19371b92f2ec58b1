"""A door out that verifies who is at its end: a client inside speaks plain, and no impostor hears what is asked."""

import asyncio
import contextlib
import ssl

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from scene import GET, reply
from tls_scene import HOST, DoorOut, Root, tls_scene, write_pem

SECRET = b"what somebody asks of a model"


class Impostor:
    """A server with a certificate of its own, which writes down whatever it is sent."""

    def __init__(self, shown, trusted, folder):
        self.heard = b""
        self.handshakes = 0
        write_pem(folder, shown, trusted)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "host.pem")

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.context)
        return self

    async def __aexit__(self, *_):
        self.server.close()

    @property
    def place(self):
        return f"127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def serve(self, reader, writer):
        self.handshakes += 1
        with contextlib.suppress(OSError):
            while piece := await asyncio.wait_for(reader.read(65536), 10):
                self.heard += piece
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen")
        writer.close()


async def sent_inside(out):
    """Return all that a client inside gets, who asks something of a model."""
    reader, writer = await asyncio.open_connection("127.0.0.1", out.port)
    with contextlib.suppress(OSError):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(SECRET) + SECRET)
        return await asyncio.wait_for(reader.read(65536), 20)
    return b""


@tls_scene
async def test_a_client_inside_who_knows_nothing_of_tls_gets_answers(stage):
    async with DoorOut(f"{stage.at}:{stage.port}", stage.roots[0].issue("chat1"), stage.roots) as out:
        reader, writer = await asyncio.open_connection("127.0.0.1", out.port)
        body = b"x" * 300_000
        for _ in range(3):
            writer.write(GET)
            assert (await reply(reader))[1] == b"ok"
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            assert (await reply(reader))[1] == body


@tls_scene
async def test_whose_own_certificate_is_not_let_in_gets_no_answer_of_the_service(stage):
    place = f"{stage.at}:{stage.port}"
    async with DoorOut(place, stage.roots[0].issue("chat1", ago=400), stage.roots) as out:
        assert await out.asked() is None
    async with DoorOut(place, stage.roots[0].issue("chat2"), stage.roots) as out:
        assert b"does not let in" in await out.asked()
    assert stage.service.requests == 0


@tls_scene
async def test_a_door_that_shows_a_revoked_certificate_is_not_spoken_to(stage):
    stage.roots[0].revoke(stage.shown)
    async with DoorOut(f"{stage.at}:{stage.port}", stage.roots[0].issue("chat1"), stage.roots) as out:
        assert await out.asked() is None
    assert stage.service.requests == 0


def of_another_name(root):
    return root.issue("llm2")


def of_another_root(_):
    return Root().issue(HOST)


def that_ended(root):
    return root.issue(HOST, ago=400)


@pytest.mark.parametrize("shown", [of_another_name, of_another_root, that_ended])
def test_no_impostor_hears_a_word(shown, tmp_path):
    async def run():
        root = Root()
        async with (
            Impostor(shown(root), [root], tmp_path) as impostor,
            DoorOut(impostor.place, root.issue("chat1"), [root]) as out,
        ):
            assert await sent_inside(out) == b""
            assert impostor.heard == b""

    asyncio.run(asyncio.wait_for(run(), 60))


@pytest.mark.parametrize("name", [HOST, "gpu 1", "192.0.2.11", "x" * 80, "künstliche-intelligenz"])
def test_who_bears_the_name_is_heard(name, tmp_path):
    """That the impostor would hear something, were he who he says he is; whatever the host is called."""

    async def run():
        root = Root()
        async with (
            Impostor(root.issue(name), [root], tmp_path) as host,
            DoorOut(host.place, root.issue("chat1"), [root], name=identity(name)) as out,
        ):
            assert (await sent_inside(out)).endswith(b"stolen")
            assert SECRET in host.heard

    asyncio.run(asyncio.wait_for(run(), 60))
