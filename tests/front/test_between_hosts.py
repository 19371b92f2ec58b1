"""Between the hosts of a fleet: nothing can be read, a borrowed address opens nothing, nobody believes an impostor."""

import http.client
import json
import secrets
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import between
import pytest

from llamakeep import keys
from llamakeep_lab import front

pytestmark = pytest.mark.lab

MODEL = "smollm2:135m"
WORD = f"confidential{secrets.token_hex(8)}"


def post(fleet, name, path, body, token=""):
    """Ask at the gateway as a person or a program does."""
    secure = ssl.create_default_context(cafile=str(fleet.inventory / ".ca" / "root.crt"))
    host = f"{name}.{front.DOMAIN}"
    connection = http.client.HTTPConnection(host, timeout=120)
    connection.sock = secure.wrap_socket(
        socket.create_connection((fleet.host("gateway1").address4, 443), timeout=120), server_hostname=host
    )
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200, text
    return json.loads(text)


@pytest.fixture(scope="module")
def key(fleet):
    """A program's key at the gateway, in force."""
    made = keys.add(str(fleet.inventory), "between").key.get_secret_value()
    command = [str(Path(sys.executable).parent / "llamakeep"), "up", "-i", str(fleet.inventory), "--limit", "gateway1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def chat(fleet, key):
    """Log in, chat and ask the API, each time with a word that nobody else says."""
    password = front.password(fleet.inventory)
    session = post(fleet, "chat", "/api/v1/auths/signin", {"email": front.ADMIN, "password": password})["token"]
    said = [{"role": "user", "content": f"{WORD} chat"}]
    post(fleet, "chat", "/ollama/api/chat", {"model": MODEL, "stream": False, "messages": said}, session)
    asked = {"model": MODEL, "stream": False, "prompt": f"{WORD} api", "options": {"num_predict": 1}}
    post(fleet, "api", "/api/generate", asked, key)
    return {"prompt": WORD, "password": password, "token": session, "key": key}


def test_nothing_can_be_read_between_the_hosts(fleet, key, tmp_path):
    with between.recorded(fleet, tmp_path) as heard:
        secret = chat(fleet, key)
        # What is not encrypted would be seen: said once on purpose, by somebody else.
        outsider, registry = fleet.host("outsider"), fleet.host("registry1")
        outsider.exec(["curl", "-s", "-m", "5", f"http://{registry.address4}:5000/{WORD}aloud"], check=False)
        wire = heard()
    assert f"{WORD}aloud".encode() in wire["registry1"]
    for host, text in wire.items():
        said = text.replace(f"{WORD}aloud".encode(), b"")
        found = [what for what, one in secret.items() if one.encode() in said]
        assert found == [], f"{host}: {found} can be read"


@pytest.mark.parametrize("family", ["address4", "address6"])
def test_a_borrowed_address_opens_nothing(fleet, family):
    outsider, llm1, gateway = (fleet.host(name) for name in ("outsider", "llm1", "gateway1"))
    with between.in_place_of(outsider, gateway, llm1):
        tried = between.intrude(outsider, getattr(gateway, family), getattr(llm1, family), 11434)
    assert {way: text for way, text in tried.items() if "HTTP/1" in text} == {}
    assert set(tried) == {"plain", "bare", "own"}


def test_nobody_believes_who_stands_in_for_a_host(fleet, key):
    outsider, llm1, gateway = (fleet.host(name) for name in ("outsider", "llm1", "gateway1"))
    with between.in_place_of(outsider, llm1, gateway), between.impostor(outsider, llm1.address4, 11434) as heard:
        time.sleep(8)  # the gateway looks at its hosts every few seconds, and asks this one, too
        asked = {"model": MODEL, "stream": False, "prompt": f"{WORD} stand-in", "options": {"num_predict": 1}}
        for _ in range(4):
            assert "imposed" not in post(fleet, "api", "/api/generate", asked, key)["response"]
        said = heard()
    assert "[a client hello]" in said
    assert WORD not in said
    assert "GET" not in said
    assert "POST" not in said
