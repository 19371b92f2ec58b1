import json
import os
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from llamakeep_lab.registry import content
from llamakeep_lab.standin import archive

HERE = Path(__file__).parent
RECORDED = HERE.parent.parent / "fixtures/ollama-api.jsonl"
TEMPLATE = "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"


@dataclass
class Standin:
    """The program as the archive lays it out, with a stub for an engine; its server can be started."""

    home: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def store(self) -> Path:
        return self.home / ".ollama/models"

    @property
    def engine(self) -> Path:
        return self.home / "lib/ollama/llama-server"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-IB", str(self.home / "bin/ollama"), *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def variables(self) -> dict[str, str]:
        own = {"HOME": str(self.home), "OLLAMA_HOST": f"127.0.0.1:{self.port}", "PATH": os.environ["PATH"]}
        return {**own, **self.environment}

    def start(self, **environment: str) -> "Standin":
        self.environment.update(environment)
        log = (self.home / "serve.log").open("ab")
        self.process = subprocess.Popen(self.command("serve"), env=self.variables(), stderr=log)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                self.get("/api/version")
            except OSError:
                time.sleep(0.02)
            else:
                return self
        raise AssertionError(self.log)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    @property
    def log(self) -> str:
        return (self.home / "serve.log").read_text()

    def get(self, path: str) -> dict:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, **value: object) -> tuple[int, str]:
        request = urllib.request.Request(self.url + path, json.dumps(value).encode())
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def create(self, name: str, *lines: str) -> None:
        modelfile = self.home / "Modelfile"
        modelfile.write_text("\n".join(lines) + "\n")
        done = self.run("create", name, "-f", str(modelfile))
        assert done.returncode == 0, done.stderr


@pytest.fixture
def standin(tmp_path):
    for name, data in archive.program("0.34.4-standin"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    made = Standin(tmp_path, _free_port())
    made.engine.write_text(f"#!{sys.executable} -IB\n" + (HERE / "stub_engine.py").read_text())
    made.engine.chmod(made.engine.stat().st_mode | stat.S_IXUSR)
    yield made
    made.stop()


@pytest.fixture
def weights(tmp_path) -> Path:
    """A small file that says of itself what the recorded model said, with as many tensors."""
    from gguf import GGUFWriter
    from numpy import zeros

    shown = next(pair for pair in pairs() if pair["name"] == "show")["response"]["body"]
    info = json.loads(shown[shown.index('"model_info":') + 13 : shown.index(',"tensors"')])
    path = tmp_path / "recorded.gguf"
    writer = GGUFWriter(path, info.pop("general.architecture"))
    del info["general.parameter_count"]
    writer.add_name("left out of the answer")
    for key, value in info.items():
        if value is None:
            writer.add_array(key, ["a", "b"])
        else:
            add = {
                bool: writer.add_bool,
                int: writer.add_uint32,
                float: writer.add_float32,
                str: writer.add_string,
            }
            add[type(value)](key, value)
    for name in ("token_embd.weight", "blk.0.attn_norm.weight"):
        writer.add_tensor(name, zeros((2, 3), dtype="float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def pairs() -> list[dict]:
    return [json.loads(line) for line in RECORDED.read_text().splitlines()]


def state(gguf: str) -> list[tuple[str, list[str]]]:
    """The models that were on the recorded server, in the order in which they were made."""
    smol = [
        f"FROM {gguf}",
        f'TEMPLATE "{TEMPLATE}"',
        "SYSTEM You answer in one word.",
        "PARAMETER stop <|im_start|>",
        "PARAMETER stop <|im_end|>",
    ]
    return [
        ("smol:135m", smol),
        ("pirate", ["FROM smol:135m", "SYSTEM You are a pirate."]),
        ("fromgguf", [f"FROM {gguf}"]),
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def sealed_host(tmp_path_factory):
    from .host import Host, weights_for

    folder = tmp_path_factory.mktemp("host")
    weights_for(folder)
    content.build(folder / "registry")
    made = Host(folder)
    yield made
    made.remove()
