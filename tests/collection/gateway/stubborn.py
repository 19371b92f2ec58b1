"""A client of HTTP/2 that goes on asking on one connection, whatever it is told of its end (RFC 9113, RFC 7541)."""

import re
import struct

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _SETTINGS, _PING, _GOAWAY = 0, 1, 4, 6, 7
_ACK = _END_STREAM = 0x1
_END_HEADERS = 0x4
_STATIC = {0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500}


class Stubborn:
    """One connection, on a TLS socket that speaks h2."""

    def __init__(self, plug):
        self.plug = plug
        self.stream = -1
        self.told_to_leave = False
        plug.sendall(_PREFACE + _frame(_SETTINGS))

    def get(self, authority, path, **headers):
        """Return the status of one GET; every other frame is answered as far as it must be."""
        self.stream += 2
        pseudo = {":method": "GET", ":scheme": "https", ":authority": authority, ":path": path}
        block = b"".join(_literal(name, value) for name, value in {**pseudo, **headers}.items())
        self.plug.sendall(_frame(_HEADERS, _END_STREAM | _END_HEADERS, self.stream, block))
        status = None
        while True:
            kind, flags, stream, payload = self._next()
            if kind == _SETTINGS and not flags & _ACK:
                self.plug.sendall(_frame(_SETTINGS, _ACK))
            elif kind == _PING and not flags & _ACK:
                self.plug.sendall(_frame(_PING, _ACK, 0, payload))
            elif kind == _GOAWAY:
                self.told_to_leave = True
            elif stream == self.stream and kind == _HEADERS:
                status = _STATIC.get(payload[0]) or int(re.search(rb"\d{3}", payload)[0])
            if stream == self.stream and flags & _END_STREAM and kind in (_DATA, _HEADERS):
                return status

    def _next(self):
        head = self._read(9)
        kind, flags, stream = head[3], head[4], struct.unpack(">I", head[5:])[0] & 0x7FFFFFFF
        return kind, flags, stream, self._read(int.from_bytes(head[:3], "big"))

    def _read(self, size):
        got = b""
        while len(got) < size:
            piece = self.plug.recv(size - len(got))
            if not piece:
                raise ConnectionError("the other side closed the connection")
            got += piece
        return got


def _frame(kind, flags=0, stream=0, payload=b""):
    return len(payload).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream) + payload


def _literal(name, value):
    """A header that is neither indexed nor Huffman-coded; shorter than 127 bytes each."""
    return b"\0" + b"".join(bytes([len(text)]) + text.encode() for text in (name, value))
