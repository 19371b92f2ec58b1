"""The server, as it answers through its door, and what its process was started with."""

import json
import re
import shlex
from typing import Any

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import Loaded, SeenModel
from llamakeep.services.ollama.observed.ask import AskOllama
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.observed.variables import in_force

# To probe the door of a service that is stopped would start it: observe changes nothing, so it asks first.
# `ollama --version` is not run: it talks to the server, too, and makes keys in the home of whoever calls it.
# Root without the right to trace, as in a container, reads the environment of a process as its user.
_QUESTION = r"""
for tree in manifests manifests-v2; do
    for entry in "$store/$tree"/*; do [ ! -e "$entry" ] || { echo "tree $tree"; break; }; done
done
if command -v systemctl >/dev/null && [ -d /run/systemd/system ]; then
    shown=$(systemctl show -p ActiveState -p MainPID -p DropInPaths ollama.service)
    printf '%s\n' "$shown"
    case $shown in *ActiveState=active*|*ActiveState=reloading*) ;; *) echo 'not running'; exit 0 ;; esac
    pid=${shown#*MainPID=}; pid=${pid%%[!0-9]*}
    if [ "${pid:-0}" != 0 ] && [ "$(id -u)" = 0 ]; then
        held=/proc/$pid/environ
        if true <"$held"; then set -- cat "$held"
        elif command -v setpriv >/dev/null; then
            set -- $(stat -c '%u %g' "/proc/$pid")
            set -- setpriv --reuid "$1" --regid "$2" --clear-groups cat "$held"
        fi
        [ $# = 0 ] || "$@" | tr '\0' '\n' | sed -n -E "s/^(($names).*)/variable \1/p"
    fi
fi
if command -v curl >/dev/null; then
    ask() { curl -q -s -g --noproxy '*' -m 2 "$url$1"; }
elif command -v python3 >/dev/null && [ "$(uname -s)" != Darwin ]; then
    ask() { python3 -c 'import http.client, sys
c = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=2)
c.request("GET", sys.argv[3]); print(c.getresponse().read().decode())' "$host" "$port" "$1"; }
elif command -v bash >/dev/null; then
    ask() { bash -c 'exec 3<>"/dev/tcp/$0/$1"
printf "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n" "$2" >&3; cat <&3' "$host" "$port" "$1"; }
else echo 'no way to ask'; exit 0; fi
for path in /api/version /api/status /api/tags /api/ps; do
    echo "answer $path"; ask "$path" || { echo 'no answer'; break; }; echo
done
"""

_NAMES = "OLLAMA_|CUDA_VISIBLE_DEVICES=|ROCR_VISIBLE_DEVICES=|HIP_VISIBLE_DEVICES=|HSA_OVERRIDE_|GGML_|LLAMA_ARG_"
_HEADERS = re.compile(r"^HTTP/1\.\d .*?\r?\n\r?\n", re.DOTALL)


class OllamaFact(Fact[SeenOllama]):
    """Version, models, what is loaded and the cloud switch, asked at the host's own door; environment in force.

    >>> SeenOllama(answers=True, version="0.34.4", cloud_disabled=True,
    ...            models=(SeenModel(name="mistral:7b", digest="5f2c…", size=4402341478),),
    ...            loaded=(Loaded(name="mistral:7b", digest="5f2c…", size=6126829568, size_vram=6126829568),),
    ...            environment={"OLLAMA_CONTEXT_LENGTH": "8192"},
    ...            drop_ins=("/etc/systemd/system/ollama.service.d/override.conf",))
    """

    name = "ollama"
    limit = 10

    def question(self, ask: Ask) -> str:
        """Ask by whatever client the host has."""
        at = ask.service(AskOllama) or AskOllama()
        named = f"[{at.address}]" if ":" in at.address else at.address
        url = f"http://{named}:{at.port}"
        door = f"host={shlex.quote(at.address)} port={at.port} url={shlex.quote(url)} names={shlex.quote(_NAMES)}"
        return f"{door} store={shlex.quote(at.store)}\n{_QUESTION}"

    def parse(self, answer: str) -> SeenOllama:
        """Read what systemd says and the four answers; a server that does not know one of them is an old one."""
        head, *parts = re.split(r"^answer ", answer, flags=re.MULTILINE)
        drop_ins = re.search(r"^DropInPaths=(.+)$", head, flags=re.MULTILINE)
        seen = SeenOllama(
            answers=False,
            environment=in_force(re.findall(r"^variable (.*)$", head, flags=re.MULTILINE)),
            drop_ins=tuple(drop_ins[1].split()) if drop_ins else (),
            trees=tuple(re.findall(r"^tree (.+)$", head, flags=re.MULTILINE)),
        )
        said = {path.strip(): _json(body) for path, _, body in (part.partition("\n") for part in parts)}
        version = _object(said.get("/api/version")).get("version")
        if not isinstance(version, str):
            return seen
        cloud = _object(said.get("/api/status")).get("cloud")
        return seen.model_copy(
            update={
                "answers": True,
                "version": version,
                "cloud_disabled": cloud.get("disabled") if isinstance(cloud, dict) else None,
                "models": _models(_object(said.get("/api/tags")).get("models")),
                "loaded": _loaded(_object(said.get("/api/ps")).get("models")),
            }
        )


def _json(body: str) -> Any:
    """Return the JSON in a body, with or without HTTP headers before it; None where there is none."""
    try:
        return json.loads(_HEADERS.sub("", body).strip())
    except ValueError:
        return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _models(listed: Any) -> tuple[SeenModel, ...]:
    found = [
        SeenModel(name=model["name"], digest=model["digest"].removeprefix("sha256:"), size=model["size"])
        for model in listed or ()
    ]
    return tuple(sorted(found, key=lambda model: model.name))


def _loaded(listed: Any) -> tuple[Loaded, ...]:
    """Read /api/ps; servers before 0.9.4 do not say the length of the context."""
    found = [
        Loaded(
            name=model["name"],
            digest=model["digest"].removeprefix("sha256:"),
            size=model["size"],
            size_vram=model.get("size_vram") or 0,
            context=model.get("context_length") or 0,
        )
        for model in listed or ()
    ]
    return tuple(sorted(found, key=lambda model: model.name))
