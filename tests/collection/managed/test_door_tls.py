"""Over the network a door speaks to those who show a certificate of the fleet, and to whom it names among them."""

import asyncio
import json
import socket
import ssl

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from scene import GET, reply
from tls_scene import HOST, Root, TlsScene, own_address, tls_scene


@tls_scene
async def test_a_certificate_of_the_fleet_opens_to_whom_the_door_names(stage):
    chat = stage.roots[0].issue("chat1")
    assert await stage.asked(chat) == (200, b"ok")
    assert await stage.asked(stage.roots[0].issue(HOST)) == (200, b"ok")


@tls_scene
async def test_one_connection_carries_many_requests(stage):
    reader, writer = await stage.connect(stage.context(stage.roots[0].issue("chat1")))
    body = b"x" * 300_000
    for _ in range(3):
        writer.write(b"POST /api/blobs HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert (await reply(reader))[1] == body


@tls_scene
async def test_the_door_shows_the_certificate_of_its_host(stage):
    _, writer = await stage.connect(stage.context(stage.roots[0].issue("chat1")))
    shown = writer.get_extra_info("ssl_object")
    assert shown.getpeercert()["subject"] == ((("commonName", HOST),),)
    assert shown.version() == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        await stage.connect(stage.context(stage.roots[0].issue("chat1")), "llm2")
    with pytest.raises(ssl.SSLCertVerificationError):
        await stage.connect(stage.context(stage.roots[0].issue("chat1"), [Root()]))


def expired(stage):
    return stage.roots[0].issue("chat1", ago=400)


def foreign(_):
    return Root().issue("chat1")


@pytest.mark.parametrize("shown", [lambda _: "", expired, foreign], ids=["none", "expired", "foreign"])
def test_without_a_certificate_that_will_do_there_is_no_answer(shown):
    @tls_scene
    async def play(stage):
        assert await stage.asked(shown(stage)) is None
        assert stage.service.requests == 0
        assert await stage.asked(stage.roots[0].issue("chat1")) == (200, b"ok")

    play()


@tls_scene
async def test_a_certificate_that_was_revoked_opens_nothing_from_the_reload_on(stage):
    chat, again = stage.roots[0].issue("chat1"), stage.roots[0].issue("chat1")
    assert await stage.asked(chat) == (200, b"ok")
    stage.roots[0].revoke(chat)
    await stage.renew()
    assert await stage.asked(chat) is None
    assert await stage.asked(again) == (200, b"ok")


@tls_scene
async def test_whom_the_door_does_not_name_is_told_so(stage):
    for name in ("chat2", "Chat1", "chat1.example", "chat"):
        status, body = await stage.asked(stage.roots[0].issue(name))
        assert status == 403
        assert json.loads(body) == {"error": "this door does not let in whom your certificate names"}
    assert stage.service.requests == 0


@tls_scene(names=["chat1", "chat 2"])
async def test_a_host_with_an_odd_name_gets_in_under_the_name_that_it_bears(stage):
    stage.allowed_names = [identity(name) for name in stage.allowed_names]
    await stage.renew()
    assert await stage.asked(stage.roots[0].issue("chat 2")) == (200, b"ok")
    assert (await stage.asked(stage.roots[0].issue("chat-2")))[0] == 403


@pytest.mark.parametrize("sent", [GET, b"\r\n", b"\x16\x03\x01 no such thing\r\n\r\n"])
def test_what_is_no_tls_gets_nothing_from_the_service(sent):
    @tls_scene
    async def play(stage):
        reader, writer = await asyncio.open_connection(stage.at, stage.port)
        writer.write(sent)
        writer.write_eof()
        try:
            answer = await asyncio.wait_for(reader.read(), 10)
        except ConnectionError:
            answer = b""
        assert b"HTTP" not in answer
        assert stage.service.requests == 0

    play()


@tls_scene
async def test_tls_1_2_is_not_spoken(stage):
    context = stage.context(stage.roots[0].issue("chat1"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((OSError, EOFError)):
        await asyncio.wait_for(stage.connect(context), 10)


def test_on_loopback_it_is_plain_even_where_the_hosts_certificate_has_ended():
    async def run():
        stage = TlsScene()
        stage.shown = stage.roots[0].issue(HOST, ago=400)
        async with stage:
            assert await stage.asked_on_loopback() == (200, b"ok")
            assert await stage.asked(stage.roots[0].issue("chat1")) is None

    asyncio.run(asyncio.wait_for(run(), 60))


@tls_scene
async def test_clients_of_either_root_get_in_while_another_takes_over(stage):
    before, after = stage.roots[0], Root()
    stage.roots = [after, before]
    revoked = [root.issue("chat1") for root in stage.roots]
    for root, text in zip(stage.roots, revoked, strict=True):
        root.revoke(text)
    await stage.renew()
    assert [await stage.asked(root.issue("chat1")) for root in stage.roots] == [(200, b"ok")] * 2
    assert [await stage.asked(text) for text in revoked] == [None] * 2
    stage.shown = after.issue(HOST)
    await stage.renew()
    assert [await stage.asked(root.issue("chat1")) for root in stage.roots] == [(200, b"ok")] * 2
    stage.roots = [after]
    await stage.renew()
    assert await stage.asked(before.issue("chat1")) is None
    assert await stage.asked(after.issue("chat1")) == (200, b"ok")


@tls_scene
async def test_no_session_is_resumed_so_a_revocation_counts_at_once(stage):
    chat = stage.roots[0].issue("chat1")
    context = stage.context(chat)
    session, reused, answered = await asyncio.to_thread(blocking, context, stage)
    assert (reused, answered) == (False, True)
    assert await asyncio.to_thread(reused_of, context, stage, session) is False
    stage.roots[0].revoke(chat)
    await stage.renew()
    _, reused, answered = await asyncio.to_thread(blocking, context, stage, session)
    assert (reused, answered) == (False, False)


def reused_of(context, stage, session):
    return blocking(context, stage, session)[1]


def blocking(context, stage, session=None):
    """Return the session of a connection, whether one before was resumed, and whether there was an answer."""
    with socket.create_connection((stage.at, stage.port), timeout=10) as plain:
        line = context.wrap_socket(plain, server_hostname=HOST, session=session)
        try:
            line.sendall(GET)
            answered = line.recv(65536).startswith(b"HTTP/1.1 200")
        except OSError:
            answered = False
        found = line.session, line.session_reused, answered
        line.close()
        return found


def test_the_address_that_these_tests_take_is_none_of_loopback():
    assert not own_address().startswith("127.")
