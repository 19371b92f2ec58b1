"""Asks a server the requests that come on standard input, one JSON object a line, and prints the answers.

Runs alone, on the host of the server: `python3 asker.py http://127.0.0.1:11434`.
"""

import http.client
import json
import sys
from urllib.parse import urlsplit


def ask(base, request):
    split = urlsplit(base)
    connection = http.client.HTTPConnection(split.hostname, split.port, timeout=60)
    headers, body = dict(request["headers"]), request["body"]
    if isinstance(body, dict):
        body = json.dumps(body)
    data = body.encode() if body else b""
    connection.putrequest(request["method"], request["path"], skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    if data or request["method"] not in ("GET", "HEAD"):
        connection.putheader("Content-Length", str(len(data)))
    connection.endheaders(data)
    answer = connection.getresponse()
    return {"status": answer.status, "headers": dict(answer.getheaders()), "body": answer.read().decode()}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(ask(sys.argv[1], json.loads(line))), flush=True)  # noqa: T201 - its output is its answer
