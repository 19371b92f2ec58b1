#!/usr/bin/env python3
"""Clients who ask one URL without pause until there is a file `enough` beside this one: what they got, the worst wait.

`asker.py JSON` with url, address (where to connect), seconds (at the most), clients, kept (on one connection, or a new
one each time), and perhaps method, headers, body and login (email and password of a chat, for a token). Prints
`{"asked": 4711, "worst": 0.41, "wrong": {"ConnectionResetError: …": 1}}`.
"""

import http.client
import json
import ssl
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

ENOUGH = Path(__file__).with_name("enough")


def connected(wanted, timeout=130):
    """Return a connection; the certificates of gateways are not what is tried here."""
    at = urlsplit(wanted["url"])
    connection = http.client.HTTPConnection(wanted["address"], at.port, timeout=timeout)
    if at.scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection.connect()
        connection.sock = context.wrap_socket(connection.sock, server_hostname=at.hostname)
    return connection


def ask(connection, wanted, path=None, body=None):
    at = urlsplit(wanted["url"])
    sent = body if body is not None else wanted.get("body")
    headers = {"Host": at.netloc, **wanted.get("headers", {})}
    data = None if sent is None else json.dumps(sent).encode()
    if data:
        headers["Content-Type"] = "application/json"
    connection.request("POST" if data else wanted.get("method", "GET"), path or at.path, data, headers)
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.will_close


def log_in(wanted):
    """Have a token of the chat among the headers."""
    connection = connected(wanted)
    status, text, _ = ask(connection, wanted, "/api/v1/auths/signin", wanted["login"])
    if status != 200:
        raise SystemExit(f"no log-in: {status} {text[:200]!r}")
    wanted["headers"] = {"Authorization": f"Bearer {json.loads(text)['token']}"}


def client(wanted, until, seen):
    connection = None
    while time.monotonic() < until and not ENOUGH.exists():
        began = time.monotonic()
        try:
            connection = connection or connected(wanted)
            status, text, closes = ask(connection, wanted)
            if status != 200:
                seen["wrong"][f"status {status}: {text[:120]!r}"] += 1
            if closes or not wanted["kept"]:
                connection.close()
                connection = None
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
            seen["wrong"][type(error).__name__ + ": " + str(error)] += 1
            connection = None
        seen["asked"] += 1
        seen["worst"] = max(seen["worst"], round(time.monotonic() - began, 2))
        time.sleep(wanted.get("pause", 0))


def main(words):
    wanted = json.loads(words)
    if "login" in wanted:
        log_in(wanted)
    seen = {"asked": 0, "worst": 0.0, "wrong": Counter()}
    until = time.monotonic() + wanted["seconds"]
    threads = [threading.Thread(target=client, args=(wanted, until, seen)) for _ in range(wanted["clients"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1])
