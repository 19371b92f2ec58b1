"""The server, as it answers through its door."""

import json
import re
import shlex
from typing import Any

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import SeenModel, SeenOllama

# To knock at the door of a service that is stopped would start it: observe changes nothing, so it asks first.
_QUESTION = r"""
if command -v systemctl >/dev/null && [ -d /run/systemd/system ]; then
    systemctl is-active --quiet ollama.service || { echo 'not running'; exit 0; }
fi
if command -v curl >/dev/null; then
    ask() { curl -q -s -g --noproxy '*' -m 2 "$url$1"; }
elif command -v python3 >/dev/null; then
    ask() { python3 -c 'import http.client, sys
c = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=2)
c.request("GET", sys.argv[3]); print(c.getresponse().read().decode())' "$host" "$port" "$1"; }
elif command -v bash >/dev/null; then
    ask() { bash -c 'exec 3<>"/dev/tcp/$0/$1"
printf "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n" "$2" >&3; cat <&3' "$host" "$port" "$1"; }
else echo 'no way to ask'; exit 0; fi
for path in /api/version /api/status /api/tags; do
    echo "answer $path"; ask "$path" || { echo 'no answer'; break; }; echo
done
"""

_HEADERS = re.compile(r"^HTTP/1\.\d .*?\r?\n\r?\n", re.DOTALL)


class OllamaFact(Fact[SeenOllama]):
    """Version, models and cloud switch, asked at the host's own door.

    >>> SeenOllama(answers=True, version="0.34.4", cloud_disabled=True,
    ...            models=(SeenModel(name="mistral:7b", digest="5f2c…", size=4402341478),))
    """

    name = "ollama"
    limit = 8

    def question(self, ask: Ask) -> str:
        """Ask by whatever client the host has."""
        named = f"[{ask.address}]" if ":" in ask.address else ask.address
        url = f"http://{named}:{ask.port}"
        return f"host={shlex.quote(ask.address)} port={ask.port} url={shlex.quote(url)}\n{_QUESTION}"

    def parse(self, answer: str) -> SeenOllama:
        """Read the three answers; a server that does not know one of them is an old one."""
        said = {}
        for part in re.split(r"^answer ", answer, flags=re.MULTILINE)[1:]:
            path, _, body = part.partition("\n")
            said[path.strip()] = _json(body)
        version = said.get("/api/version")
        if not isinstance(version, dict) or "version" not in version:
            return SeenOllama(answers=False)
        status = said.get("/api/status")
        cloud = status.get("cloud") if isinstance(status, dict) else None
        return SeenOllama(
            answers=True,
            version=version["version"],
            cloud_disabled=cloud.get("disabled") if isinstance(cloud, dict) else None,
            models=_models(said.get("/api/tags")),
        )


def _json(body: str) -> Any:
    """Return the JSON in a body, with or without HTTP headers before it; None where there is none."""
    try:
        return json.loads(_HEADERS.sub("", body).strip())
    except ValueError:
        return None


def _models(tags: Any) -> tuple[SeenModel, ...]:
    listed = tags.get("models") if isinstance(tags, dict) else None
    found = [
        SeenModel(name=model["name"], digest=model["digest"].removeprefix("sha256:"), size=model["size"])
        for model in listed or ()
    ]
    return tuple(sorted(found, key=lambda model: model.name))
