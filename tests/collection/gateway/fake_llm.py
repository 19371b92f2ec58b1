#!/usr/bin/env python3
"""A host that answers at once, or after `wait` seconds, and counts for which model it was asked: `fake_llm.py PORT`."""

import collections
import json
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

COUNTS = collections.Counter()
LOCK = threading.Lock()
TAG = {"name": "both:1b", "digest": "ab", "capabilities": ["completion", "tools"], "details": {"parameter_size": "1B"}}


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def say(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        # In one piece: who is killed has answered, or has not begun to.
        self._headers_buffer.append(b"\r\n" + data)
        self.flush_headers()

    def do_GET(self):
        if self.path == "/forget":
            COUNTS.clear()
        said = {"/api/version": {"version": "1.0.0"}, "/api/tags": {"models": [TAG]}}
        self.say(said.get(self.path, COUNTS))

    def do_POST(self):
        try:
            asked = json.loads(self.body())
        except ValueError as error:
            self.say({"error": str(error)}, 400)
            return
        name = asked["model"].rpartition("/")[2].lower().partition(":")[0]
        with LOCK:
            COUNTS[name] += 1
        if asked.get("answer"):
            self.say({"model": name, "answer": "x" * asked["answer"]})
            return
        if not asked.get("stream"):
            time.sleep(asked.get("wait", 0))
            self.say({"model": name, "path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}})
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in range(20):
            line = json.dumps({"part": part, "done": part == 19}).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            time.sleep(asked.get("wait", 0) / 20)
        self.wfile.write(b"0\r\n\r\n")

    def body(self):
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512


if __name__ == "__main__":
    Server(("0.0.0.0", int(sys.argv[1])), Answer).serve_forever()
