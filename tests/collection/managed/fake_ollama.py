#!/usr/bin/env python3
"""A release made of forty lines: `ollama serve` that answers quickly, or slowly where it is asked to generate.

A release whose VERSION begins with "broken" starts and never answers.
"""

import json
import os
import socketserver
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

VERSION = (Path(__file__).resolve().parent.parent / "VERSION").read_text().strip()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def say(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.say({"version": VERSION, "path": self.path})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        if not asked.get("stream", True):
            time.sleep(0.5)
            self.say({"response": "Paris", "version": VERSION})
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in range(10):
            time.sleep(0.05)
            line = json.dumps({"response": part, "done": part == 9}).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, *_):  # a client that hangs up is no news
        pass


if __name__ == "__main__":
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"ollama version is {VERSION}\n")
        sys.exit(0)
    if VERSION.startswith("broken"):
        sys.stderr.write("cannot open the fake GPU\n")
        sys.exit(3)
    host, port = os.environ["OLLAMA_HOST"].rsplit(":", 1)
    time.sleep(0.3)
    Server((host, int(port)), Answer).serve_forever()
