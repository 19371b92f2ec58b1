"""A probe as one command line: its modules and its request travel as text, nothing is left on the host."""

import base64
import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

_PROBE = Path(__file__).parent / "probe"
_MODULES = (
    "sockets",
    "processes",
    "knock",
    "units",
    "door",
    "front",
    "chat",
    "gateway",
    "desktop",
    "look",
)  # each imports only those before it

# Makes a package of the modules it is handed, calls one of them and prints its answer as JSON.
LOADER = """\
import base64, json, signal, sys, types, zlib
request = json.loads(zlib.decompress(base64.b64decode(sys.argv[1])))
signal.alarm(request["limit"])
package = sys.modules["probe"] = types.ModuleType("probe")
package.__path__ = []
for name, source in request.pop("modules"):
    module = sys.modules["probe." + name] = types.ModuleType("probe." + name)
    module.__package__ = "probe"
    setattr(package, name, module)
    exec(compile(source, "probe/" + name + ".py", "exec"), module.__dict__)
print(json.dumps(sys.modules["probe." + request["verb"]].main(request)))
"""


def arguments(verb: str, request: dict[str, Any], limit: int) -> tuple[str, str]:
    """Return what follows `python3 -c`: the loader, and everything else packed; `limit` is in seconds."""
    whole = {**request, "verb": verb, "limit": limit, "modules": _sources()}
    return LOADER, base64.b64encode(zlib.compress(json.dumps(whole).encode(), 9)).decode()


@cache
def _sources() -> list[tuple[str, str]]:
    return [(name, (_PROBE / f"{name}.py").read_text(encoding="utf-8")) for name in _MODULES]
