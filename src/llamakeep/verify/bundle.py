"""A probe as one command line: its modules and its request travel as text, nothing is left on the host."""

import base64
import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from llamakeep import collection

_PROBE = Path(__file__).parent / "probe"
_SHARED = "ansible_collections.llamakeep.fleet.plugins.module_utils"
# What the collection's modules read on a host too.
_SHARED_MODULES = ("addresses", "cgroup", "secret", "sockets", "network", "systemd")
_MODULES = (
    "sockets",
    "processes",
    "connection",
    "units",
    "door",
    "caller",
    "open_webui",
    "gateway",
    "chatbox",
    "look",
)  # each imports only those before it

# Makes packages of the modules it is handed, calls one of them and prints its answer as JSON.
LOADER = """\
import base64, json, signal, sys, types, zlib
request = json.loads(zlib.decompress(base64.b64decode(sys.argv[1])))
signal.alarm(request["limit"])
def put(name):
    above, _, last = name.rpartition(".")
    module = sys.modules[name] = types.ModuleType(name)
    module.__package__ = above
    if above:
        package = sys.modules.get(above) or put(above)
        package.__path__ = []
        setattr(package, last, module)
    return module
for name, source in request.pop("modules"):
    exec(compile(source, name.replace(".", "/") + ".py", "exec"), put(name).__dict__)
print(json.dumps(sys.modules["probe." + request["verb"]].main(request)))
"""


def arguments(verb: str, request: dict[str, Any], limit: int) -> tuple[str, str]:
    """Return what follows `python3 -c`: the loader, and everything else packed; `limit` is in seconds."""
    whole = {**request, "verb": verb, "limit": limit, "modules": _sources()}
    return LOADER, base64.b64encode(zlib.compress(json.dumps(whole).encode(), 9)).decode()


@cache
def _sources() -> list[tuple[str, str]]:
    shared = collection.root() / "plugins" / "module_utils"
    return [
        *((f"{_SHARED}.{name}", _text(shared / f"{name}.py")) for name in _SHARED_MODULES),
        *((f"probe.{name}", _text(_PROBE / f"{name}.py")) for name in _MODULES),
    ]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
