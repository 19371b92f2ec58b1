"""Requests that two servers may read differently: nobody gets an answer that was meant for another."""

import asyncio
import contextlib
import random

from scene import reply, scene

CASES = 400
SEED = 20261130
FRAMES = (
    "Content-Length: {n}",
    "Content-Length: {m}",
    "Content-Length: +{n}",
    "Content-Length: 0{n}",
    "Content-Length: {n}, {n}",
    "content-length:{n}",
    "Content-Length : {n}",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: Chunked ",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: identity, chunked",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding\t: chunked",
    "Transfer-Encoding:\r\n chunked",
    "X: y\nTransfer-Encoding: chunked",
    "X: y\rTransfer-Encoding: chunked",
    "Connection: keep-alive",
    "Connection: close, Content-Length",
    "Connection: Transfer-Encoding",
    "Expect: 100-continue",
    "Upgrade: h2c",
    "Host: other",
)
LINES = (
    "POST / HTTP/1.1",
    "POST / HTTP/1.0",
    "GET / HTTP/1.1",
    "POST  / HTTP/1.1",
    "POST / HTTP/2.0",
    "post / HTTP/1.1",
)
ENDS = ("\r\n", "\r\n", "\r\n", "\n", "\r\r\n")
SIZES = ("{x}", "0{x}", "{x};a=b", " {x}", "{x} ", "0x{x}", "-{x}", "{x}\n", "")


def attack(chance, mark):
    """Return the bytes of a request, or of several, as an attacker would frame them."""
    smuggled = f"GET /echo/{mark} HTTP/1.1\r\nHost: x\r\n\r\n"
    size = chance.choice(SIZES).format(x=f"{len(smuggled):x}")
    body = chance.choice((smuggled, f"{size}\r\n{smuggled}\r\n0\r\n\r\n", f"0\r\n\r\n{smuggled}", f"0\n\n{smuggled}"))
    frames = [frame.format(n=len(body), m=chance.randrange(12)) for frame in chance.sample(FRAMES, chance.randrange(4))]
    head = chance.choice(ENDS).join([chance.choice(LINES), "Host: x", *frames])
    return f"{head}\r\n\r\n{body}".encode()


async def heard(reader):
    """Return what comes within a moment."""
    said = b""
    with contextlib.suppress(ConnectionError, TimeoutError):
        while piece := await asyncio.wait_for(reader.read(65536), 0.02):
            said += piece
    return said


@scene
async def test_nobody_gets_the_answer_that_was_meant_for_another(stage):
    chance = random.Random(SEED)  # noqa: S311 - the same cases in every run
    kept, kept_writer = await stage.probe()
    answered = b""
    for case in range(CASES):
        attacker, writer = await stage.probe()
        writer.write(attack(chance, f"attack-{case}"))
        await writer.drain()
        kept_writer.write(b"GET /echo/kept-%d HTTP/1.1\r\nHost: x\r\n\r\n" % case)
        assert (await asyncio.wait_for(reply(kept), 5))[1] == b"/echo/kept-%d" % case
        with contextlib.suppress(ConnectionError):
            writer.write_eof()
        answered += await heard(attacker)
        writer.close()
    assert b"kept" not in answered
    assert b"200 OK" in answered
    assert await stage.hold(5) == ""
