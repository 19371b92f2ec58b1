"""Another certificate, another list of the revoked, another name: nobody who may come in loses a request by it."""

import asyncio

import door_control
import pytest
from scene import GET, reply
from tls_scene import HOST, Root, TlsScene, tls_scene

CLIENTS = 16
PAUSE = 0.3  # seconds between two reloads, in which clients ask on


class Crowd:
    """Clients who ask without pause until they are stopped, of four kinds: by TLS or plain, on kept or new lines."""

    def __init__(self, stage):
        self.stage = stage
        self.chat = stage.roots[0].issue("chat1")
        self.trusted = [*stage.roots]  # clients trust the root that comes before any door shows it
        self.stopped = False
        self.asked = dict.fromkeys(("tls-kept", "tls-new", "plain-kept", "plain-new"), 0)
        self.lost = []

    async def __aenter__(self):
        context = self.stage.context(self.chat, self.trusted)
        kinds = [*self.asked] * (CLIENTS // len(self.asked))
        self.clients = [asyncio.ensure_future(self.client(kind, context)) for kind in kinds]
        await self.more()
        return self

    async def __aexit__(self, *_):
        self.stopped = True
        await asyncio.wait_for(asyncio.gather(*self.clients), 30)

    async def client(self, kind, context):
        line = None
        while not self.stopped:
            try:
                line = line or await self.connected(kind, context)
                line[1].write(GET)
                head, body = await asyncio.wait_for(reply(line[0]), 30)
                if b" 200 " not in head or body != b"ok":
                    self.lost.append((kind, head))
                if kind.endswith("new") or b"connection: close" in head.lower():
                    line[1].close()
                    line = None
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a lost request
                self.lost.append((kind, repr(error)))
                line = None
            self.asked[kind] += 1
            await asyncio.sleep(0.005)
        if line:
            line[1].close()

    async def connected(self, kind, context):
        return await (self.stage.connect(context) if kind.startswith("tls") else self.stage.probe())

    async def more(self):
        """Wait until each kind has asked again, a few times over."""
        seen = dict(self.asked)
        for _ in range(2000):
            if all(self.asked[kind] >= count + 5 for kind, count in seen.items()):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"nobody asks any more: {self.asked}, lost {self.lost[:3]}")


def another_certificate(stage):
    stage.shown = stage.roots[0].issue(HOST)


def another_revoked(stage):
    stage.roots[0].revoke(stage.roots[0].issue("chat9"))


def another_name(stage):
    stage.allowed_names = [*stage.allowed_names, f"chat{len(stage.allowed_names)}"]


CHANGES = [another_certificate, another_revoked, another_name]


@pytest.mark.parametrize("change", CHANGES, ids=["certificate", "revoked", "name"])
def test_no_request_is_lost_by_a_reload(change):
    @tls_scene
    async def play(stage):
        async with Crowd(stage) as crowd:
            for _ in range(4):
                change(stage)
                await stage.renew()
                await asyncio.sleep(PAUSE)
                await crowd.more()
        assert crowd.lost == []

    play()


def test_no_request_is_lost_while_another_root_takes_over():
    async def run():
        before, after = Root(), Root()
        stage = TlsScene()
        stage.roots, stage.shown = [before, after], before.issue(HOST)
        async with stage, Crowd(stage) as crowd:
            stage.roots = [after, before]
            await stage.renew()
            await crowd.more()
            stage.shown = after.issue(HOST)
            await stage.renew()
            await crowd.more()
        assert crowd.lost == []

    asyncio.run(asyncio.wait_for(run(), 60))


@tls_scene
async def test_who_is_on_a_kept_connection_when_its_certificate_is_revoked_gets_one_answer_more_at_most(stage):
    chat = stage.roots[0].issue("chat1")
    reader, writer = await stage.connect(stage.context(chat))
    writer.write(GET)
    assert (await reply(reader))[1] == b"ok"
    stage.roots[0].revoke(chat)
    await stage.renew()
    answers = 0
    try:
        for _ in range(3):
            writer.write(GET)
            await asyncio.wait_for(reply(reader), 10)
            answers += 1
    except (OSError, asyncio.IncompleteReadError):
        pass
    assert answers <= 1


@tls_scene
async def test_a_certificate_that_cannot_be_read_leaves_the_door_as_it_was(stage):
    chat, shown = stage.roots[0].issue("chat1"), stage.shown
    stage.shown = "garbage"
    stage.write()
    assert "the old one serves on" in await asyncio.to_thread(refused, stage.control)
    assert await stage.asked(chat) == (200, b"ok")
    stage.shown = shown
    await stage.renew()
    assert await stage.asked(chat) == (200, b"ok")


def refused(control):
    """Return why a door did not take its files anew."""
    with pytest.raises(SystemExit) as stopped:
        door_control.reload(control)
    return str(stopped.value)
