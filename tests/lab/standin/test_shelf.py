"""Every model of the lab's registry, laid into the store of a sealed host by hand: listed, loaded and asked."""

import json

import pytest

from llamakeep_lab.registry import shelf

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module", autouse=True)
def models(sealed_host):
    sealed_host.run(
        """set -e
        store=/usr/share/ollama/.ollama/models
        mkdir -p $store/manifests/registry.ollama.ai
        cp -r /srv/test/registry/blobs $store/
        cp -r /srv/test/registry/manifests/library $store/manifests/registry.ollama.ai/
        chown -R ollama: $store"""
    )


def chat(host, model, question, **options):
    body = {
        "model": model,
        "stream": False,
        "messages": [{"role": "user", "content": question}],
        "options": options,
    }
    answer = host.ask("POST", "/api/chat", body)
    return answer["status"], json.loads(answer["body"])


def test_they_are_listed_without_a_restart(sealed_host):
    listed = {line.split()[0] for line in sealed_host.inside("ollama list").splitlines()[1:]}
    assert {f"{model.name}:{tag}" for model in (shelf.SMOLLM2, *shelf.TINY) for tag in model.tags} <= listed


def test_the_real_one_knows_the_capital_of_france(sealed_host):
    status, answer = chat(sealed_host, "smollm2:135m", "What is the capital of France?", temperature=0)
    assert (status, "Paris" in answer["message"]["content"]) == (200, True)


@pytest.mark.parametrize("model", [model.name for model in shelf.TINY])
def test_a_tiny_one_says_something(sealed_host, model):
    status, answer = chat(sealed_host, model, "Hello", temperature=0, num_predict=4)
    assert (status, answer.get("done_reason"), answer.get("eval_count")) == (200, "length", 4)
