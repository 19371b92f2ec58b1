"""A llama-server without a model, for tests of everything around it; what it does stands in the prompt.

"die": ends in the middle of its answer. "slowly": talks until nobody listens, then leaves a note.
"""

import argparse
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

WORDS = ["I", "'m", " glad", " to", " see", " you", "."]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.say({"status": "ok"})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/apply-template":
            self.say({"prompt": "\n".join(message["content"] for message in asked["messages"])})
            return
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        prompt = str(asked["prompt"])
        if "slowly" in prompt:
            self.talk_until_alone()
            return
        limit = asked["n_predict"] if asked["n_predict"] > 0 else len(WORDS)
        for word in WORDS[:limit]:
            self.event({"content": word, "stop": False})
            if "die" in prompt:
                sys.stderr.write("error: out of memory\n")
                sys.stderr.flush()
                self.server.over.set()
                time.sleep(5)
        self.event(
            {
                "content": "",
                "stop": True,
                "stop_type": "limit" if limit < len(WORDS) else "eos",
                "tokens": list(range(24)),
                "tokens_evaluated": 21,
                "tokens_predicted": len(WORDS[:limit]),
                "timings": {"prompt_ms": 1.5, "predicted_ms": 2.5},
            }
        )

    def talk_until_alone(self):
        try:
            for _ in range(200):
                self.event({"content": "word ", "stop": False})
                time.sleep(0.02)
        except ConnectionError:
            Path(__file__).with_name("cancelled").touch()

    def event(self, value):
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())

    def say(self, value):
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


parser = argparse.ArgumentParser()
for option in ("--model", "--host", "--ctx-size"):
    parser.add_argument(option)
parser.add_argument("--port", type=int)
server = ThreadingHTTPServer((parser.parse_args().host, parser.parse_args().port), Handler)
server.over = threading.Event()
threading.Thread(target=server.serve_forever, daemon=True).start()
threading.Thread(target=lambda: (sys.stdin.read(), server.over.set()), daemon=True).start()
server.over.wait()
