"""Open WebUI, as it answers at its door, and who may log in."""

import json
import shlex
from functools import cache
from pathlib import Path

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.services.open_webui.observed.ask import AskOpenWebui
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui

_NONE = "none"


class OpenWebuiFact(Fact[SeenOpenWebui | None]):
    """Version, sign-up and the emails of its users; None: the host is to have no chat.

    >>> SeenOpenWebui(answers=True, version="0.12.4", sign_up=False, admins=1, users=("admin@localhost",))
    """

    name = "chat"
    limit = 10

    def question(self, ask: Ask) -> str:
        """Ask by a program of ours: its source goes to the host's own Python."""
        at = ask.service(AskOpenWebui)
        if at is None:
            return f"echo {_NONE}"
        words = shlex.join([at.address, str(at.port), at.data])
        return f'printf "%s" {shlex.quote(source())} | {shlex.quote(ask.python)} -I - {words}'

    def parse(self, answer: str) -> SeenOpenWebui | None:
        """Read one JSON object; a host without Python says nothing, which is a gap."""
        if answer.strip() == _NONE:
            return None
        said = json.loads(answer)
        if not isinstance(said, dict):
            raise TypeError("no object in it")
        return open_webui(said)


def open_webui(said: dict[str, object]) -> SeenOpenWebui:
    """Return what the program says of a chat."""
    listed = said.get("users")
    users = [(str(email), str(role)) for email, role in listed] if isinstance(listed, list) else None
    return SeenOpenWebui.model_validate(
        {
            "answers": said["answers"],
            "version": said.get("version"),
            "sign_up": said.get("sign_up"),
            "admins": None if users is None else sum(role == "admin" for _, role in users),
            "users": None if users is None else tuple(email for email, _ in users),
        }
    )


@cache
def source() -> str:
    """Return the program that looks at a chat."""
    return (Path(__file__).parent / "program.py").read_text(encoding="utf-8")
