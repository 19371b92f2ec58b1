"""One question to the gateway by its name, which no resolver knows, over TLS that the fleet's own CA vouches for."""

import http.client
import json
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from llamakeep_lab.gateway import Front


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def connect(front: Front, timeout: float = 60) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=front.root)
    plug = socket.create_connection((front.gateway.address4, front.port), timeout)
    return context.wrap_socket(plug, server_hostname=front.api)


def ask(front: Front, key: str, path: str, body: Any = None, method: str = "") -> Answer:
    connection = http.client.HTTPConnection(front.api)
    with connect(front) as plug:
        connection.sock = plug
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        connection.request(method or ("GET" if data is None else "POST"), path, data, headers)
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())
