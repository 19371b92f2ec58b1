"""The question to the server, asked by each client that a host may have, of recorded answers."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from llamakeep.observe.ask import Ask
from llamakeep.services.ollama.observed.ask import AskOllama
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.observed.server import OllamaFact

RECORDED = Path(__file__).parent.parent / "fixtures" / "ollama-api.jsonl"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    recorded = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
    bodies = {
        one["request"]["path"]: one["response"]["body"]
        for one in recorded
        if one.get("name") in {"version", "status", "tags"}
    }

    class Recorded(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(bodies[self.path].encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorded)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


def ask(port: int, tmp_path: Path, *clients: str) -> SeenOllama:
    for client in (*clients, "sh"):
        program = sys.executable if client == "python3" else shutil.which(client)
        (tmp_path / client).symlink_to(program or "/no/such/client")
    question = OllamaFact().question(Ask(services=(AskOllama(port=port),)))
    done = subprocess.run(
        [shutil.which("sh") or "sh"],
        input=question,
        text=True,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        timeout=20,
        check=False,
    )
    return OllamaFact().parse(done.stdout)


@pytest.mark.parametrize("client", ["curl", "python3", "bash"])
def test_any_client_will_do(port: int, tmp_path: Path, client: str) -> None:
    also = ("cat",) if client == "bash" else ()
    seen = ask(port, tmp_path, client, *also)
    assert (seen.answers, seen.version, seen.cloud_disabled) == (True, "0.32.15", True)
    assert "pirate:latest" in {model.name for model in seen.models}


def test_without_any_client_nothing_is_said(port: int, tmp_path: Path) -> None:
    assert ask(port, tmp_path) == SeenOllama(answers=False)


def test_nobody_at_the_door(tmp_path: Path) -> None:
    assert ask(9, tmp_path, "curl") == SeenOllama(answers=False)


@pytest.mark.parametrize("state", ["inactive", "failed", "activating", "deactivating"])
def test_a_stopped_service_is_not_probed(port: int, tmp_path: Path, state: str) -> None:
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f"#!/bin/sh\necho MainPID=0; echo ActiveState={state}; echo DropInPaths=\n")
    systemctl.chmod(0o755)
    question = (
        OllamaFact().question(Ask(services=(AskOllama(port=port),))).replace("/run/systemd/system", str(tmp_path))
    )
    done = subprocess.run(
        ["sh"],
        input=question,
        text=True,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "not running"
    assert "answer" not in done.stdout
