"""People of a chat, through its API: who is there, and every word that they wrote."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "correct horse battery 1"  # noqa: S105 - of people who exist in the lab alone


def add(chat, *names):
    """Have these people, each with two chats."""
    admin = chat.log_in()
    for name in names:
        wish = {"name": name, "email": f"{name}@example.org", "password": PASSWORD, "role": "user"}
        code, text = chat.ask("/api/v1/auths/add", wish, admin)
        assert code == 200, text
        for number in (1, 2):
            write(chat, name, f"{name} asks {number}")


def write(chat, name, title):
    """Have somebody write a chat."""
    said = {"id": "m1", "role": "user", "content": f"{title}?", "parentId": None, "childrenIds": ["m2"]}
    answer = {"id": "m2", "role": "assistant", "content": "Paris", "parentId": "m1", "childrenIds": []}
    history = {"messages": {"m1": said, "m2": answer}, "currentId": "m2"}
    body = {"chat": {"title": title, "models": ["tiny:1b"], "messages": [said, answer], "history": history}}
    code, text = chat.ask("/api/v1/chats/new", body, token(chat, name))
    assert code == 200, text


def token(chat, name):
    code, text = chat.ask("/api/v1/auths/signin", {"email": f"{name}@example.org", "password": PASSWORD})
    assert code == 200, text
    return json.loads(text)["token"]


def everything(chat):
    """Return `{"ann@example.org": ["id", "ann", "user", {"chat's id": [title, its words]}], …}`."""
    found = {}
    for user in got(chat, "/api/v1/users/all", chat.log_in())["users"]:
        name = user["email"].partition("@")[0]
        chats = {}
        if user["email"].endswith("@example.org"):
            bearer = token(chat, name)
            for entry in got(chat, "/api/v1/chats/list?page=1", bearer):
                whole = got(chat, f"/api/v1/chats/{entry['id']}", bearer)["chat"]
                words = [message["content"] for message in whole["history"]["messages"].values()]
                chats[entry["id"]] = [whole["title"], words]
        found[user["email"]] = [user["id"], user["name"], user["role"], chats]
    return found


def got(chat, path, bearer):
    code, text = chat.ask(path, token=bearer)
    assert code == 200, f"{path}: {text[:500]}"
    return json.loads(text)
