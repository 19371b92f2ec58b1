"""A probe as one command line: its modules and its request travel as text, nothing is left on the host."""

import ast
import base64
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import llamakeep
from llamakeep import collection

_PACKAGES: dict[str, Callable[[], Path]] = {  # what a probe may import of ours, and where it lies
    "llamakeep": lambda: Path(llamakeep.__file__).parent,
    "ansible_collections.llamakeep.fleet": collection.root,
}

# Imports the modules it is handed as if they were installed, has one of them answer, and prints the answer as JSON.
LOADER = """\
import base64, importlib.util, json, signal, sys, zlib
request = json.loads(zlib.decompress(base64.b64decode(sys.argv[1])))
signal.alarm(request["limit"])
sources = request.pop("modules")
class Carried:
    def find_spec(self, name, path=None, target=None):
        above = any(other.startswith(name + ".") for other in sources)
        return importlib.util.spec_from_loader(name, self, is_package=above) if above or name in sources else None
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        name = module.__name__
        exec(compile(sources.get(name, ""), name.replace(".", "/") + ".py", "exec"), module.__dict__)
sys.meta_path.insert(0, Carried())
print(json.dumps(importlib.import_module(request["verb"]).main(request)))
"""


def arguments(verb: str, request: dict[str, Any], limit: int) -> tuple[str, str]:
    """Return what follows `python3 -c`: the loader, and everything else packed; `limit` is in seconds.

    `verb` is a module of `llamakeep.verify.probe`. Its own modules come along, and the looks of the request's services.
    """
    main = f"{__package__}.probe.{verb}"
    looks = [f"llamakeep.services.{name}.verified.look" for name in request.get("services", {})]
    whole = {**request, "verb": main, "limit": limit, "modules": _sources(main, *looks)}
    return LOADER, base64.b64encode(zlib.compress(json.dumps(whole).encode(), 9)).decode()


@cache
def _sources(*modules: str) -> dict[str, str]:
    """Return name -> source of these modules, and of all of ours that they import."""
    found: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = _path(name)
        if name not in found and path is not None:
            found[name] = path.read_text(encoding="utf-8")
            waiting += _imported(ast.parse(found[name]).body)
    return dict(sorted(found.items()))


def _imported(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """Return what a module imports as it is loaded: modules, and names that may be modules."""
    for each in statements:
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom) and each.module:
            yield each.module
            yield from (f"{each.module}.{alias.name}" for alias in each.names)


def _path(module: str) -> Path | None:
    """Return the file of a module of ours; None for a package, and for what is not ours."""
    for package, folder in _PACKAGES.items():
        if module.startswith(f"{package}."):
            path = folder().joinpath(*module.removeprefix(f"{package}.").split(".")).with_suffix(".py")
            return path if path.is_file() else None
    return None
