#!/usr/bin/env python3
"""A model server that talks at a steady pace and thinks nothing: what many streams are measured against.

`talker.py PORT` answers on loopback as Ollama does, in words of its own; the pace and the length come with the request
(`options.tokens_per_second`, 0: as fast as it goes; `options.num_predict`), and are 20 and 40. It tells by
GET /counts what it was asked:

  {"asked": {"llama2:latest": 12}, "paths": {"/api/chat": 12}, "answered": 11, "hung_up": 1, "under_way": 0}

It runs on a lab host in the place of the server, in its seal and behind its door. Standard library only.
"""

from __future__ import annotations

import asyncio
import collections
import json
import sys
import time
from typing import Any

PACE, LENGTH = 20.0, 40
WORD = " word"
VECTOR = [0.25, -0.5, 0.125]
VERSION = "0.34.4-talker"

Json = dict[str, Any]


class Counts:
    """What this host was asked since it began."""

    def __init__(self) -> None:
        self.asked: collections.Counter[str] = collections.Counter()
        self.paths: collections.Counter[str] = collections.Counter()
        self.answered = self.hung_up = self.under_way = 0


COUNTS = Counts()


class Ollama:
    """Answers as lines of JSON."""

    kind = "application/x-ndjson"

    def __init__(self, asked: Json, *, chats: bool) -> None:
        self._model, self._chats = str(asked.get("model")), chats

    def _written(self, text: str, calls: list[Json], *, done: bool) -> Json:
        said: Json = {"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})}
        words: Json = {"message": said} if self._chats else {"response": text}
        return {"model": self._model, "created_at": "2026-11-23T00:00:00Z", **words, "done": done}

    def word(self) -> bytes:
        """Return one piece of a stream."""
        return _compact(self._written(WORD, [], done=False)) + b"\n"

    def last(self, count: int) -> bytes:
        """Return what ends a stream."""
        ending = {"done_reason": "stop", "eval_count": count, "prompt_eval_count": 1}
        return _compact({**self._written("", [], done=True), **ending}) + b"\n"

    def whole(self, count: int, calls: list[Json]) -> Json:
        """Return an answer in one."""
        text = "" if calls else WORD * count
        return {**self._written(text, calls, done=True), "done_reason": "stop", "eval_count": count}


class OpenAI:
    """Answers as events."""

    kind = "text/event-stream"

    def __init__(self, asked: Json) -> None:
        self._head: Json = {"id": "chatcmpl-1", "created": int(time.time()), "model": str(asked.get("model"))}

    def _event(self, delta: Json, reason: str | None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return b"data: " + _compact({**self._head, "object": "chat.completion.chunk", "choices": [choice]}) + b"\n\n"

    def word(self) -> bytes:
        """Return one piece of a stream."""
        return self._event({"role": "assistant", "content": WORD}, None)

    def last(self, count: int) -> bytes:  # noqa: ARG002 - the other one tells it
        """Return what ends a stream."""
        return self._event({}, "stop") + b"data: [DONE]\n\n"

    def whole(self, count: int, calls: list[Json]) -> Json:
        """Return an answer in one."""
        named = [{"id": f"call_{n}", "type": "function", **call} for n, call in enumerate(calls)]
        for call in named:
            call["function"] = {**call["function"], "arguments": json.dumps(call["function"]["arguments"])}
        said = {"role": "assistant", "content": None if calls else WORD * count}
        choice = {
            "index": 0,
            "message": {**said, **({"tool_calls": named} if calls else {})},
            "finish_reason": "tool_calls" if calls else "stop",
        }
        usage = {"prompt_tokens": 1, "completion_tokens": count, "total_tokens": count + 1}
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": usage}


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while head := await _head(reader):
            method, path = head[0].split(" ")[:2]
            body = await _body(reader, head[1:])
            await _answer(method, path, json.loads(body) if body else {}, reader, writer)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError, ValueError):
        pass
    finally:
        writer.close()


async def _answer(
    method: str, path: str, asked: Json, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    if method == "GET":
        known = {"/counts": vars(COUNTS), "/api/version": {"version": VERSION}, "/api/tags": {"models": []}}
        _whole(writer, known.get(path, {}))
        return
    COUNTS.asked[str(asked.get("model"))] += 1
    COUNTS.paths[path] += 1
    if "embed" in path:
        COUNTS.answered += 1
        _whole(writer, _embedded(path, asked))
        return
    COUNTS.under_way += 1
    try:
        await _talk(path, asked, reader, writer)
        COUNTS.answered += 1
    except ConnectionError:
        COUNTS.hung_up += 1
        raise
    finally:
        COUNTS.under_way -= 1


async def _talk(path: str, asked: Json, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    dialect = OpenAI(asked) if path.startswith("/v1/") else Ollama(asked, chats=path == "/api/chat")
    wanted = asked.get("options") or {}
    count = int(wanted.get("num_predict") or asked.get("max_tokens") or LENGTH)
    pause = 1 / float(wanted.get("tokens_per_second", PACE) or 1e9)
    calls = [_called(tool) for tool in asked.get("tools") or []]
    if calls or not asked.get("stream", not path.startswith("/v1/")):
        await _listened(reader, time.monotonic() + count * pause)
        _whole(writer, dialect.whole(count, calls))
        return
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {dialect.kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
    due, word, before = time.monotonic(), _chunk(dialect.word()), head.encode()
    for _ in range(count):
        due += pause
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if reader.at_eof() or reader.exception():  # a reset is no end to the reader
            raise ConnectionResetError
        writer.write(before + word)  # the head comes with the first word, as from a real server
        before = b""
        await writer.drain()
    writer.write(_chunk(dialect.last(count)) + b"0\r\n\r\n")


async def _listened(reader: asyncio.StreamReader, until: float) -> None:
    """Think until then, while somebody waits."""
    while (left := until - time.monotonic()) > 0:
        if reader.at_eof() or reader.exception():  # a reset is no end to the reader
            raise ConnectionResetError
        await asyncio.sleep(min(0.05, left))


def _called(tool: Json) -> Json:
    return {"function": {"name": tool["function"]["name"], "arguments": {"city": "Paris"}}}


def _embedded(path: str, asked: Json) -> Json:
    given = asked.get("input") or asked.get("prompt") or ""
    texts = given if isinstance(given, list) else [given]
    if path == "/v1/embeddings":
        data = [{"object": "embedding", "index": n, "embedding": VECTOR} for n, _ in enumerate(texts)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return {"object": "list", "data": data, "model": asked.get("model"), "usage": usage}
    if path == "/api/embeddings":
        return {"embedding": VECTOR}
    return {"model": asked.get("model"), "embeddings": [VECTOR for _ in texts]}


async def _head(reader: asyncio.StreamReader) -> list[str]:
    """Return the lines of a request's head; none, where the client is gone."""
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
    except asyncio.IncompleteReadError:
        return []


async def _body(reader: asyncio.StreamReader, headers: list[str]) -> bytes:
    named = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in headers)}
    if "chunked" not in named.get("transfer-encoding", ""):
        return await reader.readexactly(int(named.get("content-length", 0)))
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


def _whole(writer: asyncio.StreamWriter, value: Json) -> None:
    data = _compact(value)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    writer.write(head.encode() + data)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _compact(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


async def main(port: int) -> None:
    """Serve for ever."""
    server = await asyncio.start_server(converse, "127.0.0.1", port, backlog=4096)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
