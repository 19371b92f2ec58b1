"""The archive on a Debian 13 host, in a sealed and hardened unit, with the real engine and a real model."""

import json
import re

import pytest

from .host import until

pytestmark = pytest.mark.lab

QUESTION = {"role": "user", "content": "What is the capital of France?"}


@pytest.fixture(scope="module", autouse=True)
def model(sealed_host):
    sealed_host.create("smollm2:135m", [f"FROM {sealed_host.weights}"])


def chat(host, **more):
    body = {"model": "smollm2:135m", "messages": [QUESTION], "stream": False, "options": {"temperature": 0}}
    answer = host.ask("POST", "/api/chat", {**body, **more})
    return answer["status"], json.loads(answer["body"])


def test_it_says_that_it_is_a_stand_in(sealed_host):
    assert sealed_host.inside("ollama --version") == "ollama version is 0.34.4-standin\n"


def test_it_lists_what_lies_in_the_store(sealed_host):
    assert re.search(r"^smollm2:135m +[0-9a-f]{12} +98 MB +", sealed_host.inside("ollama list"), re.MULTILINE)


def test_the_capital_of_france_is_paris(sealed_host):
    status, answer = chat(sealed_host)
    assert (status, "Paris" in answer["message"]["content"], answer["done_reason"]) == (200, True, "stop")


def test_json_is_json_when_asked_for(sealed_host):
    status, answer = chat(sealed_host, format="json", options={"temperature": 0, "num_predict": 200})
    assert status == 200
    assert isinstance(json.loads(answer["message"]["content"]), dict)


def test_the_model_is_a_child_process_on_a_port_of_loopback(sealed_host):
    chat(sealed_host)
    command = sealed_host.run("pgrep -u ollama -af llama-server")
    assert re.search(r"lib/ollama/llama-server --model \S+ --host 127\.0\.0\.1 --port \d+ ", command)
    assert sealed_host.run(f"grep -c : /proc/{sealed_host.pid()}/net/dev").strip() == "1"
    port = re.search(r"--port (\d+)", command).group(1)
    assert "curl: (7)" in sealed_host.run(f"curl -sS http://127.0.0.1:{port}/slots 2>&1", check=False)
    assert json.loads(sealed_host.inside(f"curl -sf http://127.0.0.1:{port}/slots"))[0]["n_ctx"] == 2048


def test_the_engine_leaves_when_its_time_is_over(sealed_host):
    for loaded in json.loads(sealed_host.ask("GET", "/api/ps")["body"])["models"]:
        sealed_host.inside(f"ollama stop {loaded['name']}")
    chat(sealed_host, keep_alive="1s")
    assert until(lambda: not sealed_host.run("pgrep -u ollama -f llama-server", check=False))
    assert json.loads(sealed_host.ask("GET", "/api/ps")["body"]) == {"models": []}


def test_a_client_that_hangs_up_ends_the_generation(sealed_host):
    body = json.dumps({"model": "smollm2:135m", "prompt": "Count to a million.", "options": {"num_predict": -1}})
    chat(sealed_host)  # what is cut is an answer, not the time that the model takes to load
    sealed_host.inside(f"curl -s --max-time 2 http://127.0.0.1:11434/api/generate -d '{body}' >/dev/null || true")
    port = re.search(r"--port (\d+)", sealed_host.run("pgrep -u ollama -af llama-server")).group(1)
    slots = f"curl -sf http://127.0.0.1:{port}/slots"
    assert until(lambda: not json.loads(sealed_host.inside(slots))[0]["is_processing"])


def test_no_prompt_stands_in_the_journal(sealed_host):
    chat(sealed_host)
    line = re.compile(r'^\[GIN\] \S+ - \S+ \| 200 \| +\S+ \| +127\.0\.0\.1 \| POST +"/api/chat"$', re.MULTILINE)

    def journal():
        return sealed_host.run("journalctl --unit=ollama.service --output=cat")

    assert until(lambda: line.search(journal()))
    assert 'msg="server config" env="map[' in journal()
    assert "capital" not in journal()


def test_the_service_is_hardened_as_far_as_the_role_hardens_it(sealed_host):
    verdict = sealed_host.run("systemd-analyze security --no-pager ollama.service | tail -1")
    assert float(re.search(r"(\d+\.\d+)", verdict).group(1)) <= 1.5
