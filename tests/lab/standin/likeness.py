"""How like two answers are: status, kind, and shape; values where they are texts that a program acts on."""

import json
import re

# What may differ, by the recorded pair's name: (what is masked in both answers, why).
ALLOWED = {
    "pull-unreachable": (r" on \S+:53: .*?(?=\")", "the resolver's address and words are the host's"),
    "pull-unreachable-nostream": (r" on \S+:53: .*?(?=\")", "the resolver's address and words are the host's"),
    "create-from-missing": (r" on \S+:53: .*?(?=\")", "the resolver's address and words are the host's"),
}
HEADERS = ("Content-Type", "Access-Control-Allow-Origin", "Vary")
# Keys whose text is the same on every server; all other values are compared by type.
TOLD = {
    *("error", "message", "type", "code", "param", "status", "object", "role"),
    *("done_reason", "finish_reason", "stop_reason", "owned_by"),
}


def differences(pair, answer, *, same_weights):
    """Say in what an answer differs from the recorded one; [] when in nothing."""
    wanted = pair["response"]
    heads = {name: (wanted["headers"].get(name), answer["headers"].get(name)) for name in HEADERS}
    found = [f"{name}: {seen!r}, recorded {told!r}" for name, (told, seen) in heads.items() if told != seen]
    if wanted["status"] != answer["status"]:
        found.append(f"status {answer['status']}, recorded {wanted['status']}")
    mask = ALLOWED.get(pair["name"], (None, None))[0]
    bodies = [re.sub(mask, "", each["body"]) if mask else each["body"] for each in (wanted, answer)]
    if not same_weights:
        bodies = [re.sub(r"(layer sha256:)[0-9a-f]{64}", r"\1…", body) for body in bodies]
    shapes = [shape_of(body, wanted["headers"].get("Content-Type", "")) for body in bodies]
    if shapes[0] != shapes[1]:
        found.append(f"body {shapes[1]}\n  recorded {shapes[0]}")
    return found


def shape_of(body, kind):
    if body.endswith("…(cut)"):
        body = _closed(body)
    if "json" in kind and "ndjson" not in kind and body:
        return shape(json.loads(body))
    if "ndjson" in kind:
        return _once([shape(json.loads(line)) for line in body.splitlines()])
    if "event-stream" in kind:
        events = [line.removeprefix("data: ") for line in body.splitlines() if line]
        return _once([shape(json.loads(event)) if event.startswith("{") else event for event in events])
    return body


def shape(value, key=""):
    """A value's keys and types, and the texts that are told apart by."""
    if isinstance(value, dict):
        # Recorded cut off before its last keys.
        keys = [name for name in value if name not in ("capabilities", "modified_at") or "tensors" not in value]
        return {name: shape(value[name], "" if key == "tensors" else name) for name in sorted(keys)}
    if isinstance(value, list):
        return _once([shape(each, key) for each in value])
    if key in TOLD and isinstance(value, str):
        return value
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def _once(shapes):
    """Leave out a shape that is the same as the one before it."""
    return [each for at, each in enumerate(shapes) if at == 0 or each != shapes[at - 1]]


def _closed(body):
    """Close a JSON text that was cut inside its list of tensors."""
    return body[: body.rindex("},{") + 1] + "]}"
