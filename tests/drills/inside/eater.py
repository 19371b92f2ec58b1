#!/usr/bin/env python3
"""A server that takes as much memory as a request says: `eater.py PORT [runner]`.

`POST /eat` with a number of MiB takes them itself, as a chat does that reads a long body; with `runner` a process of
its own does, as Ollama has for a model, and whoever asked is told when that one was ended.
"""

import http.server
import multiprocessing
import sys
import time


def eat(mib: int) -> None:
    """Take so much, page by page, and stay."""
    held = [b"x" * 2**20 for _ in range(mib)]
    time.sleep(2)
    del held


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers, and takes memory where it is asked to."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Say that it is there."""
        self.answer(200, b"ok")

    def do_POST(self) -> None:
        """Take what is asked for."""
        mib = int(self.rfile.read(int(self.headers["Content-Length"])))
        if sys.argv[2:] == ["runner"]:
            runner = multiprocessing.get_context("spawn").Process(target=eat, args=(mib,))
            runner.start()
            runner.join()
            self.answer(500 if runner.exitcode else 200, b"exit %d" % (runner.exitcode or 0))
        else:
            eat(mib)
            self.answer(200, b"eaten")

    def answer(self, status: int, text: bytes) -> None:
        """Send one answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
