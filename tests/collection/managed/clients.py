#!/usr/bin/env python3
"""Eight clients who ask without pause: what each request got, and the worst wait.

`clients.py ADDRESS PORT SECONDS KIND…` with kinds such as `short-kept`, `short-new`, `slow-kept`, `slow-new`,
`stream-kept`, `stream-new`; prints `{"kind": {"asked": 4711, "worst": 0.41, "wrong": {"ConnectionResetError": 1}}}`.
"""

import http.client
import json
import sys
import threading
import time
from collections import Counter

CLIENTS = 8


def ask(connection, pace):
    """One request, to its end; raises where it was refused, reset or cut."""
    if pace == "short":
        connection.request("GET", "/api/version")
    else:
        body = json.dumps({"model": "m", "prompt": "?", "stream": pace == "stream"})
        connection.request("POST", "/api/generate", body)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"status {answer.status}")
    if pace == "stream" and not json.loads(text.splitlines()[-1])["done"]:
        raise RuntimeError("cut short")
    return answer.will_close


def client(address, port, until, kind, seen):
    pace, manner = kind.split("-")
    connection = None
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            connection = connection or http.client.HTTPConnection(address, port, timeout=60)
            if ask(connection, pace) or manner == "new":
                connection.close()
                connection = None
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
            seen["wrong"][type(error).__name__ + ": " + str(error)] += 1
            connection = None
        seen["asked"] += 1
        seen["worst"] = max(seen["worst"], round(time.monotonic() - began, 2))


def main(address, port, seconds, *kinds):
    until = time.monotonic() + float(seconds)
    tallies, threads = {}, []
    for number in range(CLIENTS):
        kind = kinds[number % len(kinds)]
        tally = tallies.setdefault(kind, {"asked": 0, "worst": 0.0, "wrong": Counter()})
        threads.append(threading.Thread(target=client, args=(address, int(port), until, kind, tally)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(tallies))


if __name__ == "__main__":
    main(*sys.argv[1:])
