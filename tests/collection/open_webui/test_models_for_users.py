"""Who sees which model, and which models get tools: as the inventory and Ollama say, without anybody clicking."""

import json

import pytest

pytestmark = pytest.mark.lab

ANN = {"email": "ann@example.org", "role": "user", "password": "an ann-password 1"}


@pytest.fixture(scope="module")
def people(chat):
    with chat.given(open_webui_users=[ANN]):
        done = chat.converge()
        assert done.code == 0, done.text[-4000:]
        yield chat


def ann(chat):
    return chat.log_in(ANN["email"], ANN["password"])


def seen(chat, token):
    return {model["id"]: model for model in json.loads(chat.ask("/api/models", token=token)[1])["data"]}


def test_users_see_every_model_unless_some_are_named(people):
    assert set(seen(people, ann(people))) == {"tiny:1b", "tool:1b"}
    with people.given(open_webui_models_for_users=["tiny:1b"]):
        done = people.converge("--diff")
        assert done.code == 0, done.text[-3000:]
        assert set(seen(people, ann(people))) == {"tiny:1b"}
        assert set(seen(people, people.log_in())) == {"tiny:1b", "tool:1b"}
        body = {"model": "tool:1b", "stream": False, "messages": [{"role": "user", "content": "and?"}]}
        assert people.ask("/api/chat/completions", body, ann(people))[0] != 200
        assert (
            "Paris" in people.ask("/api/chat/completions", {**body, "model": "tiny:1b", "stream": True}, ann(people))[1]
        )
        for words in ((), ("--check",)):
            again = people.converge(*words)
            assert (again.code, again.changed) == (0, 0), again.text
    # Both have a card now: one is shown, and the other is hidden again.
    with people.given(open_webui_models_for_users=["tool:1b"]):
        assert people.converge().code == 0
        assert set(seen(people, ann(people))) == {"tool:1b"}
        assert people.converge().changed == 0
    assert people.converge().code == 0
    assert set(seen(people, ann(people))) == {"tiny:1b", "tool:1b"}


def test_tools_go_to_those_models_alone_that_can_use_them(people):
    able = {name: model["info"]["meta"]["capabilities"] for name, model in seen(people, ann(people)).items()}
    assert able["tiny:1b"] == {"builtin_tools": False, "vision": False}
    assert able["tool:1b"] == {"builtin_tools": True, "vision": False}
    for name, words in (("tiny:1b", "Paris"), ("tool:1b", " tools")):
        body = {"model": name, "stream": True, "messages": [{"role": "user", "content": "and?"}], "session_id": "x"}
        code, text = people.ask("/api/chat/completions", body, ann(people))
        assert (code, words in text) == (200, True), text


def test_what_somebody_switched_on_for_a_model_that_cannot_is_put_right(people):
    card = {"id": "tiny:1b", "name": "Tiny", "params": {"temperature": 0.5}, "base_model_id": None}
    token = people.log_in()
    rows = [row["id"] for row in json.loads(people.ask("/api/v1/models/base", token=token)[1])]
    path = "/api/v1/models/model/update" if "tiny:1b" in rows else "/api/v1/models/create"
    card["meta"] = {"description": "small", "capabilities": {"builtin_tools": True, "citations": False}}
    assert people.ask(path, card, token)[0] == 200
    done = people.converge()
    assert (done.code, done.changed) == (0, 1), done.text
    kept = next(row for row in json.loads(people.ask("/api/v1/models/base", token=token)[1]) if row["id"] == "tiny:1b")
    assert kept["meta"]["capabilities"] == {"builtin_tools": False, "vision": False, "citations": False}
    assert (kept["name"], kept["meta"]["description"], kept["params"]) == ("Tiny", "small", {"temperature": 0.5})


def test_a_model_that_was_removed_is_said_and_no_hindrance(people):
    with people.given(open_webui_default_model="gone:7b", open_webui_models_for_users=["tiny:1b", "lost:7b"]):
        done = people.converge()
    assert done.code == 0
    assert "open_webui_default_model: gone:7b is on no host that answers" in done.text
    assert "open_webui_models_for_users: lost:7b is on no host that answers" in done.text
    assert people.converge().code == 0


def test_nobody_who_answers_is_said_and_no_hindrance(people):
    people.models.exec(["systemctl", "stop", "fake-models"])
    try:
        done = people.converge()
    finally:
        serve = ["python3", "/root/fake_models.py", people.models.address4, "11434"]
        people.models.exec(["systemd-run", "--collect", "--unit", "fake-models", *serve])
    assert (done.code, done.changed) == (0, 0), done.text
    assert "it gets none" in done.text


def test_one_whose_hosts_are_away_is_said_and_keeps_no_other_from_its_card(people):
    with people.given(open_webui_models_for_users=["tiny:1b", "tool:1b"]):
        people.models.exec(["sh", "-c", "echo tool:1b >/root/away"])
        try:
            done = people.converge()
            assert people.converge("--check").changed == 0
        finally:
            people.models.exec(["rm", "/root/away"])
        assert (done.code, done.changed > 0) == (0, True), done.text
        assert "tool:1b: nobody says what it can do" in done.text
        assert "is on no host that answers" not in done.text
        assert set(seen(people, ann(people))) == {"tiny:1b"}
        assert people.converge().code == 0
        assert set(seen(people, ann(people))) == {"tiny:1b", "tool:1b"}
    assert people.converge().code == 0


def test_a_list_that_is_none_is_refused_by_words(people):
    with people.given(open_webui_models_for_users={"tiny:1b": True}):
        done = people.converge()
    assert done.code != 0
    assert "all, or a list of names such as mistral:7b" in done.text
