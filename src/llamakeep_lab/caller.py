"""A program that uses the lab's API: by its name, over TLS of the fleet's own CA, with a key."""

import http.client
import json
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llamakeep.errors import Refusal
from llamakeep_lab import patience


@dataclass(frozen=True)
class Caller:
    """One client of the gateway."""

    domain: str  # "lab.example"
    address: str  # where the gateway is found
    root: Path  # the CA's certificate
    key: str

    @property
    def name(self) -> str:
        """The name under which the API is found."""
        return f"api.{self.domain}"

    def ask(self, model: str, question: str) -> tuple[str, float]:
        """Return the model's answer and the seconds that it took."""
        started = time.monotonic()
        answer = self.call("/api/chat", body(model, question))
        return str(answer["message"]["content"]).strip(), time.monotonic() - started

    def call(self, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Post to the API and return its answer; raise Refusal for any other than a good one."""
        secure = ssl.create_default_context(cafile=str(self.root))
        with socket.create_connection((self.address, 443), timeout=patience.ANSWER) as plain:
            connection = http.client.HTTPConnection(self.name, timeout=patience.ANSWER)
            connection.sock = secure.wrap_socket(plain, server_hostname=self.name)
            headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(asked), headers)
            response = connection.getresponse()
            text = response.read()
        if response.status != http.HTTPStatus.OK:
            raise Refusal(
                f"https://{self.name}{path}",
                f"answered {response.status}: {text[:200]!r}",
                id="http-status-unexpected",
                expected="200",
            )
        answer: dict[str, Any] = json.loads(text)
        return answer

    def curl(self, model: str, question: str) -> str:
        """Return the line by which a person asks the same in a shell, wherever the name leads nowhere yet."""
        asked = json.dumps({"model": model, "stream": False, "messages": [{"role": "user", "content": question}]})
        return (
            f"curl --cacert {self.root} --resolve {self.name}:443:{self.address} https://{self.name}/api/chat \\\n"
            f"    -H 'Authorization: Bearer {self.key}' -d '{asked}'"
        )


def body(model: str, question: str) -> dict[str, Any]:
    """Return a request of which the same answer comes each time."""
    options = {"temperature": 0, "num_predict": 40}
    return {
        "model": model,
        "stream": False,
        "options": options,
        "messages": [{"role": "user", "content": question}],
    }
