#!/usr/bin/env python3
"""A backend whose models say three words, one at a time: `fake_models.py ADDRESS PORT [CERTIFICATE KEY]`.

One of them can use tools; the other one answers with an error where it is sent any, as Ollama does. With a certificate
(and its private key, in one file) it speaks TLS, and answers those alone who bear the key.
"""

import json
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CAN = {"tiny:1b": ["completion"], "tool:1b": ["completion", "tools"]}
MODEL = {"modified_at": "2026-01-01T00:00:00Z", "size": 1, "digest": "ab" * 32, "details": {}}
MODELS = [{**MODEL, "name": name, "model": name} for name in CAN]
WORDS = ("Paris", " of", " course")
AWAY = Path("/root/away")  # models that are listed, and whose hosts are gone: so does a gateway
KEY = sys.argv[4] if len(sys.argv) > 4 else ""


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def parse_request(self):
        known = super().parse_request()
        if known and KEY and self.headers["Authorization"] != f"Bearer {KEY}":
            self.send_error(401)
            return False
        return known

    def do_GET(self):
        answers = {"/api/tags": {"models": MODELS}, "/api/version": {"version": "1.0.0"}}
        self.say(answers.get(self.path, {"models": []}))

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/show" and AWAY.exists() and asked["model"] in AWAY.read_text().split():
            return self.say({"error": "no host with this model answers"}, 503)
        if self.path != "/api/chat":
            return self.say({"capabilities": CAN.get(asked.get("model"), [])})
        if asked.get("tools") and "tools" not in CAN[asked["model"]]:
            return self.say({"error": f"{asked['model']} does not support tools"}, 400)
        words = [f"{len(asked['tools'])} tools"] if asked.get("tools") else WORDS
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Connection", "close")
        self.end_headers()
        for number, word in enumerate(words, 1):
            last = {"done": number == len(words), "done_reason": "stop", "eval_count": 3}
            said = {"model": asked["model"], "message": {"role": "assistant", "content": word}, **last}
            self.wfile.write(json.dumps(said).encode() + b"\n")
            self.wfile.flush()
            time.sleep(0.2)
        self.close_connection = True
        return None

    def say(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Answer)
    if KEY:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
