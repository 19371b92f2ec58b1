"""Takes secrets out of what Ansible shows: those that the inventory holds, and those of a host that nobody told us."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED, is_named_secret, without_passwords
from pydantic import Secret

from llamakeep.inventory.fleet import Fleet, Host

_SHORTEST = 4  # characters; a shorter secret is only recognised where it stands alone
_ASSIGNED = re.compile(r'\b([A-Z][A-Z0-9_]*)=((?:\\.|[^"\\\n])+)')  # in a unit file, a shell, a .env
_SIGNS = ("+", "-", " ")


class Redaction:
    """Knows the secrets of a fleet, and strikes them out of any text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Take the secrets in plain sight; each is known in every form in which a file may hold it."""
        forms = {form for secret in secrets for form in _forms(secret)}
        patterns = [_pattern(form) for form in sorted(forms, key=len, reverse=True)]
        self._known = re.compile("|".join(patterns)) if patterns else None

    def hide(self, text: str) -> str:
        """Return a text, or a unified diff, without secrets.

        >>> Redaction(["sample-value"]).hide('+Environment="X=sample-value"')
        '+Environment="X=(redacted)"'
        """
        lines = text.split("\n")
        starts = tuple({start for line in lines if (start := self._start(line))})
        return "\n".join(self._line(line, starts) for line in lines)

    def _start(self, line: str) -> str:
        """Return how a line begins, without its sign in a diff, up to the secret that is set in it; else nothing."""
        found = self._known.search(line) if self._known is not None else None
        start = line[: found.start()] if found is not None else ""
        return _unsigned(start) if re.search(r"[=:][\s\"']*$", start) else ""

    def _line(self, line: str, starts: tuple[str, ...]) -> str:
        if self._known is not None and self._known.search(line):
            line = self._known.sub(REDACTED, line)
        else:
            # What stood in a secret's place before is a secret too: the one that is being replaced.
            bare = _unsigned(line)
            start = max((one for one in starts if bare.startswith(one)), key=len, default="")
            if start:
                line = line[: len(line) - len(bare)] + start + REDACTED
        return without_passwords(_ASSIGNED.sub(_assigned, line))


def redaction_for(fleet: Fleet) -> Redaction:
    """Return what knows every secret of a fleet."""
    return Redaction(secret for host in fleet.hosts for secret in _secrets_of(host))


def _secrets_of(host: Host) -> Iterator[str]:
    yield from _within(host.inputs)
    given = (host.connection.password, host.connection.become_password, *host.connection.secrets.values())
    for password in given:
        if password is not None:
            yield password.get_secret_value()


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, Secret):
        yield str(value.get_secret_value())
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _within(inner)


def _forms(secret: str) -> Iterator[str]:
    r"""Return a secret as it stands in a file: plain, in a unit file's quotes, in JSON, in a URL; line by line.

    >>> sorted(_forms('50%"'))
    ['50%"', '50%22', '50%25%22', '50%%"', '50%%\\"', '50%\\"']
    """
    for line in (line.strip() for line in secret.splitlines()):
        if line:
            escaped = line.replace("\\", "\\\\").replace('"', '\\"')
            yield from (line, line.replace("%", "%%"), escaped, escaped.replace("%", "%%"))
            yield from (json.dumps(line)[1:-1], json.dumps(line, ensure_ascii=False)[1:-1])
            yield from (quote(line, safe=""), quote(line))


def _pattern(form: str) -> str:
    return re.escape(form) if len(form) >= _SHORTEST else rf"(?<!\w){re.escape(form)}(?!\w)"


def _assigned(found: re.Match[str]) -> str:
    return f"{found[1]}={REDACTED}" if is_named_secret(found[1]) else found[0]


def _unsigned(line: str) -> str:
    return line[1:] if line.startswith(_SIGNS) else line
