"""Fifty people chat; one of two hosts loses its power: nobody sees an error beyond the answer that it was giving."""

import http.client
import itertools
import json
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple

import pytest

from llamakeep_lab import front

pytestmark = pytest.mark.lab

PEOPLE = 50
SERVED = 10  # of them, before one host is left for the others: it has as long as the gateway lets them wait
MODEL = "smollm2:135m"
LIMIT = 180  # seconds for one answer, waiting included


class Said(NamedTuple):
    """What one person got."""

    status: int
    text: str  # all that came, as it came
    began: float  # when it was asked
    first: float | None  # when the first piece of the answer came
    whole: bool


class Chat:
    """The chat's own API, as the page in the browser uses it, through the gateway."""

    def __init__(self, fleet):
        self.address = fleet.host("gateway1").address4
        self.secure = ssl.create_default_context(cafile=str(fleet.inventory / ".ca" / "root.crt"))
        body = {"email": front.ADMIN, "password": front.password(fleet.inventory)}
        self.token = json.loads(self._post("/api/v1/auths/signin", body, "").read())["token"]

    def ask(self, _):
        began = time.monotonic()
        body = {"model": MODEL, "stream": True, "max_tokens": 4}
        answer = self._post(
            "/api/chat/completions", {**body, "messages": [{"role": "user", "content": "Hello"}]}, self.token
        )
        text, first = "", None
        try:
            for line in answer:
                if line.startswith(b"data:") and first is None:
                    first = time.monotonic()
                text += line.decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            text += f"broken off: {error!r}"
        whole = answer.status == http.HTTPStatus.OK and "[DONE]" in text and '"error"' not in text
        return Said(answer.status, text, began, first, whole)

    def _post(self, path, body, token):
        name = f"chat.{front.DOMAIN}"
        connection = http.client.HTTPConnection(name, timeout=LIMIT)
        plain = socket.create_connection((self.address, 443), timeout=LIMIT)
        connection.sock = self.secure.wrap_socket(plain, server_hostname=name)
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        connection.request("POST", path, json.dumps(body), headers)
        return connection.getresponse()


@pytest.fixture
def doomed(fleet):
    """The host that loses its power, and has it back afterwards."""
    machine = fleet.host("llm1")
    yield machine
    machine.container.start()
    machine.wait()


def test_nobody_sees_more_than_the_answer_in_flight(fleet, doomed):
    chat = Chat(fleet)
    assert chat.ask(0).whole
    with ThreadPoolExecutor(max_workers=PEOPLE) as crowd:
        asked = [crowd.submit(chat.ask, number) for number in range(PEOPLE)]
        list(itertools.islice(as_completed(asked), SERVED))
        doomed.container.kill()
        cut = time.monotonic()
        answers = [each.result() for each in asked]
    assert any(each.first is None or each.first > cut for each in answers), "all was over before the plug was pulled"
    failed = [each for each in answers if not each.whole]
    # One answer at a time: ollama_num_parallel is 1.
    assert len(failed) <= 1, [(each.status, each.text[-300:]) for each in failed]
    assert all(each.first is not None and each.first <= cut + 2 for each in failed), failed
