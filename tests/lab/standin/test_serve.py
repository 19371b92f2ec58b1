"""The server as a client meets it; a stub answers in the engine's place."""

import json
import socket
import stat
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from .host import until


def test_a_model_is_listed_without_a_restart(standin, weights):
    standin.start()
    assert standin.get("/api/tags") == {"models": []}
    standin.create("tiny", f"FROM {weights}")
    assert [model["name"] for model in standin.get("/api/tags")["models"]] == ["tiny:latest"]


def test_the_same_inputs_give_the_same_digest(standin, weights):
    standin.start()
    for name in ("one", "two"):
        standin.create(name, f"FROM {weights}", "SYSTEM You are terse.", "PARAMETER temperature 0")
    one, two = standin.get("/api/tags")["models"]
    assert one["digest"] == two["digest"]


def test_an_engine_that_dies_is_the_last_line_of_the_stream(standin, weights):
    standin.start()
    standin.create("tiny", f"FROM {weights}")
    status, body = standin.post("/api/generate", model="tiny", prompt="die")
    lines = [json.loads(line) for line in body.splitlines()]
    assert status == 200
    assert lines[0]["response"] == "I"
    assert lines[-1] == {"error": "llama-server process has terminated: out of memory"}


def test_an_engine_that_dies_is_http_500_where_there_is_no_stream(standin, weights):
    standin.start()
    standin.create("tiny", f"FROM {weights}")
    status, body = standin.post("/api/generate", model="tiny", prompt="die", stream=False)
    assert (status, json.loads(body)["error"]) == (500, "llama-server process has terminated: out of memory")
    assert standin.post("/api/generate", model="tiny", prompt="Hi", stream=False)[0] == 200


def test_a_host_that_cannot_run_the_engine_lists_and_says_why(standin, weights):
    standin.engine.write_text("#!/bin/sh\necho 'error: needs glibc 2.38, this host has 2.36' >&2; exit 1\n")
    standin.start()
    standin.create("tiny", f"FROM {weights}")
    status, body = standin.post("/api/chat", model="tiny", messages=[{"role": "user", "content": "Hi"}])
    told = "llama-server process has terminated: needs glibc 2.38, this host has 2.36"
    assert (status, json.loads(body)) == (500, {"error": told})
    assert len(standin.get("/api/tags")["models"]) == 1


def test_a_client_that_hangs_up_ends_the_generation(standin, weights):
    standin.start()
    standin.create("tiny", f"FROM {weights}")
    body = json.dumps({"model": "tiny", "prompt": "slowly"}).encode()
    with socket.create_connection(("127.0.0.1", standin.port)) as client:
        head = f"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall(head.encode() + body)
        client.recv(100)
    assert until(standin.engine.with_name("cancelled").exists, 5)


def test_a_model_leaves_when_its_time_is_over(standin, weights):
    standin.start(OLLAMA_KEEP_ALIVE="200ms")
    standin.create("tiny", f"FROM {weights}")
    standin.post("/api/generate", model="tiny", prompt="Hi")
    assert until(lambda: standin.get("/api/ps") == {"models": []}, 5)


def test_a_loaded_model_is_told_with_its_context(standin, weights):
    standin.start(OLLAMA_CONTEXT_LENGTH="2048")
    standin.create("tiny", f"FROM {weights}")
    standin.post("/api/generate", model="tiny")
    (model,) = standin.get("/api/ps")["models"]
    assert (model["name"], model["context_length"], model["size_vram"]) == ("tiny:latest", 2048, 0)


def test_no_more_models_are_loaded_than_are_allowed(standin, weights):
    standin.start(OLLAMA_MAX_LOADED_MODELS="1")
    for name in ("one", "two"):
        standin.create(name, f"FROM {weights}", f"SYSTEM {name}")
        standin.post("/api/generate", model=name)
    assert [model["name"] for model in standin.get("/api/ps")["models"]] == ["two:latest"]


def test_one_connection_carries_many_requests(standin):
    standin.start()
    with socket.create_connection(("127.0.0.1", standin.port)) as client:
        for _ in range(3):
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = client.recv(1000)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert answer.endswith(b"\r\n\r\nOllama is running")


def test_a_client_that_knows_no_pieces_gets_the_stream_whole(standin, weights):
    standin.start()
    standin.create("tiny", f"FROM {weights}")
    body = b'{"model":"tiny","prompt":"Hi"}'
    with socket.create_connection(("127.0.0.1", standin.port)) as client:
        client.sendall(b"POST /api/generate HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        answer = b"".join(iter(lambda: client.recv(65536), b"")).decode()
    assert json.loads(answer.splitlines()[-1])["done"] is True
    assert "chunked" not in answer


def test_a_server_for_every_address_listens_on_both_protocols(standin):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    standin.start(OLLAMA_HOST=f"0.0.0.0:{standin.port}")
    answers = []
    for address in ("127.0.0.1", "::1"):
        with socket.create_connection((address, standin.port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
            answers.append(client.recv(1000).splitlines()[0])
    assert answers == [b"HTTP/1.1 200 OK"] * 2


def test_eight_clients_at_once_are_all_answered(standin, weights):
    standin.start()
    standin.create("tiny", f"FROM {weights}")

    def ask(_):
        return standin.post("/api/chat", model="tiny", messages=[{"role": "user", "content": "Hi"}], stream=False)[0]

    with ThreadPoolExecutor(8) as clients:
        assert list(clients.map(ask, range(40))) == [200] * 40


def test_a_wrong_method_and_a_wrong_path_are_told_apart(standin):
    standin.start()
    statuses = []
    for method, path in (("PUT", "/api/tags"), ("GET", "/api/nope")):
        request = urllib.request.Request(standin.url + path, method=method)
        try:
            urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)
    assert statuses == [405, 404]


def test_the_settings_in_force_and_each_access_stand_in_the_log_but_no_prompt(standin, weights):
    standin.start(OLLAMA_NO_CLOUD="1")
    standin.create("tiny", f"FROM {weights}")
    standin.post("/api/generate", model="tiny", prompt="a secret")
    assert 'level=INFO source=standin msg="server config" env="map[' in standin.log
    assert 'msg="Ollama cloud disabled: true"' in standin.log
    # The answer is out before its line is written.
    assert until(lambda: '|       127.0.0.1 | POST     "/api/generate"' in standin.log, 5)
    assert "a secret" not in standin.log


def test_home_gets_what_the_real_server_leaves_there(standin):
    standin.start()
    key = standin.home / ".ollama/id_ed25519"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_port_that_is_taken_is_told(standin):
    standin.start()
    done = standin.run("serve")
    assert done.returncode == 1
    assert f"Error: listen tcp 127.0.0.1:{standin.port}: bind: address already in use\n" in done.stderr


def test_it_stops_when_told_to(standin, weights):
    standin.start()
    standin.create("tiny", f"FROM {weights}")
    standin.post("/api/generate", model="tiny")
    process = standin.process
    standin.stop()
    assert process.returncode == 0
