"""Draws docs/findings.md: every code that the kit says, with its sentence, and the module that says it.

Usage: findings.py [--check]. With --check nothing is written; exit code 1 where the page is behind.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from sentence import Names, assigned, jinja, plain, spoken

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "findings.md"
TASK = "llamakeep.fleet.refuse"
HEAD = """# Findings, refusals and checks by their codes

Drawn from the code by `make docs`. A code stays when its sentence is reworded, so that is what scripts and CI look for:
it is in the records of a run, in `--json`, in JUnit and on the screen. A *refusal* ends a command or a task (exit
code 2), a *finding* is what plan says of a host, a *check* is what verify claims of a host. `…` stands for what is
named at that point, `/` for one of several.
"""

# Codes under which several sentences say one thing, each in the words of its place.
SHARED = {
    "architecture-unsupported": "The machine has a processor for which the kit has no programs",
    "archive-digest-mismatch": "What came has another sha256 than the one that was written down",
    "archive-missing": "The archive that was named is not there",
    "certificate-expires-soon": "The certificate that clients see ends within days",
    "certutil-missing": "The program certutil is needed, and not there",
    "client-name-invalid": "A client's name has a character that it may not have",
    "client-unknown": "The gateway has no client of this name",
    "command-failed": "A program that was started did not end well",
    "disk-full": "A download stopped before the disk was full",
    "disk-too-small": "There is less room than what has to come",
    "download-stopped": "Nobody waits for the download any more",
    "duplicate-key": "A mapping in a YAML file has one name twice",
    "environment-malformed": "ollama_environment holds what no environment can",
    "folder-not-writable": "A folder on this machine cannot be written",
    "gateway-domain-invalid": "gateway_domain is no domain",
    "gguf-malformed": "The header of a model's file contradicts itself",
    "gguf-truncated": "A model's file ends before it should",
    "host-unreachable": "There is no way to the host",
    "inventory-unreadable": "The inventory, or a file of it, cannot be read",
    "key-does-not-match": "The key is not the one whose sha256 the inventory has",
    "key-shared": "Two clients have one key",
    "keys-file-malformed": "The file that `llamakeep key` keeps has another form than it writes",
    "limit-not-supported": "`--limit` makes no sense for this command",
    "lock-unreadable": "The lock cannot be read",
    "manifest-digest-mismatch": "A manifest in the lock has another sha256 than the lock says",
    "manifest-malformed": "What should be a model's manifest is none",
    "model-not-locked": "A model is wanted that the lock does not have",
    "model-not-served": "A model is wanted that no host serves",
    "named-twice": "A list names one thing twice",
    "no-gateway-host": "The inventory has no gateway",
    "no-systemd": "The host is not run by systemd",
    "not-a-list": "The option must be a list",
    "not-a-model-name": "A name is none that a model can have",
    "port-chosen-twice": "Two options choose the same port",
    "port-taken": "Something else listens on the port",
    "registry-answer-unexpected": "The registry answers otherwise than registries do",
    "registry-unreachable": "The registry does not answer",
    "release-not-locked": "The wanted release is not in the lock",
    "release-not-locked-for-python": "The wanted release is not locked for the Python of the host",
    "release-not-shipped": "The kit has no package of the wanted release",
    "user-listed-twice": "open_webui_users names somebody twice",
    "user-unknown": "The host has no such user or group",
    "value-not-evaluated": "Ansible cannot evaluate a value of the inventory",
    "value-type-wrong": "A value has another type than its option",
    "variables-not-a-mapping": "Variables must be a mapping of names to values",
    "yaml-invalid": "A file is no valid YAML",
}


class Said(NamedTuple):
    """One place at which a code is said."""

    id: str
    kind: str  # "refusal", "finding", "check"
    severity: str  # "blocking", "warning"; "" where the kind has none
    found: str
    expected: str
    remedy: str
    source: str  # "llamakeep.plan.port", "roles/ollama/tasks/preflight.yml"


def collected() -> list[Said]:
    """Return all that is said under a code, by code and place."""
    code = [*(ROOT / "src").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(code)}
    kinds = {"Finding": "finding", "trouble": "finding", **dict.fromkeys(_refusals(trees.values()), "refusal")}
    set_by = {_module(path): assigned(list(tree.body)) for path, tree in trees.items()}
    found = [
        said for path, tree in trees.items() for said in _in_code(_module(path), tree, kinds, _imported(tree, set_by))
    ]
    for path in sorted((ROOT / "roles").glob("*/tasks/**/*.yml")):
        found += _in_tasks(str(path.relative_to(ROOT)), yaml.safe_load(path.read_text(encoding="utf-8")))
    return sorted(set(found))


def drawn(found: Iterable[Said]) -> str:
    """Return the page."""
    by_id: dict[str, list[Said]] = {}
    for said in found:
        by_id.setdefault(said.id, []).append(said)
    return HEAD + "".join(f"\n{_section(*one)}" for one in by_id.items())


def _section(name: str, said: list[Said]) -> str:
    lines = [f"## {name}", ""]
    if name in SHARED:
        lines += [f"{SHARED[name]}.", ""]
    texts: dict[tuple[str, str], list[str]] = {}
    for one in said:
        kind = f"{one.kind}, {one.severity}" if one.severity else one.kind
        texts.setdefault((kind, _text(one)), []).append(f"`{one.source}`")
    for (kind, text), sources in texts.items():
        lines += [f"{kind} · {', '.join(sources)}", "", "```text", text, "```", ""]
    return "\n".join(lines)


def _text(said: Said) -> str:
    expected = f"\n  expected: {said.expected}" if said.expected else ""
    remedy = f"\n  → {said.remedy}" if said.remedy else ""
    return f"{said.found}{expected}{remedy}"


def _refusals(trees: Iterable[ast.Module]) -> set[str]:
    """Return the names of Refusal and of the classes that are one."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {"Refusal", *(one.name for one in classes if "Refusal" in map(ast.unparse, one.bases))}


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[1:] if parts[0] == "src" else parts).removesuffix(".__init__")


def _imported(tree: ast.Module, set_by: dict[str, Names]) -> Names:
    """Return what the constants stand for that a module has from others."""
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module in set_by]
    return {
        alias.asname or alias.name: values
        for node in imports
        for alias in node.names
        if (values := set_by[str(node.module)].get(alias.name)) and alias.name.isupper()
    }


def _in_code(source: str, tree: ast.Module, kinds: dict[str, str], imported: Names) -> Iterator[Said]:
    for node, names in _calls(tree, imported):
        called = ast.unparse(node.func).rpartition(".")[2]
        if called == "claim" and len(node.args) > 1:
            name, sentence = (spoken(each, names) for each in node.args[:2])
            yield Said(name, "check", "", sentence, "", spoken(_option(node, "remedy"), names), source)
        elif called in kinds:
            yield from _said(source, node, called, kinds[called], names)


def _said(source: str, node: ast.Call, called: str, kind: str, names: Names) -> Iterator[Said]:
    """Read one call, where its code is a literal."""
    if called == "trouble":
        code, *texts = node.args
        severity = "warning" if _option(node, "partly") is not None else "blocking or warning"
    else:
        code = _option(node, "id")
        place = node.args[1] if len(node.args) > 1 else _option(node, "found")
        texts = [place, _option(node, "expected"), _option(node, "remedy")]
        severity = _severity(_option(node, "severity")) if kind == "finding" else ""
    if isinstance(code, ast.Constant):
        found, expected, remedy = (spoken(each, names) for each in texts)
        yield Said(str(code.value), kind, severity, found, expected, remedy, source)


def _severity(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else "blocking or warning"


def _calls(node: ast.AST, names: Names) -> Iterator[tuple[ast.Call, Names]]:
    """Return every call with what the names of its block and those around it stand for."""
    if isinstance(node, ast.Call):
        yield node, names
    for _, value in ast.iter_fields(node):
        children = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST)]
        inner = {**names, **assigned(children)}
        for child in children:
            yield from _calls(child, inner)


def _option(node: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in node.keywords if each.arg == name), None)


def _in_tasks(source: str, tasks: object) -> Iterator[Said]:
    for task in tasks if isinstance(tasks, list) else []:
        for part in ("block", "rescue", "always"):
            yield from _in_tasks(source, task.get(part))
        if "id" in (said := task.get(TASK) or {}):
            found, expected, remedy = (plain(jinja(said.get(part, ""))) for part in ("found", "expected", "remedy"))
            yield Said(said["id"], "refusal", "", found, expected, remedy, source)


def main(check: bool) -> int:
    """Draw, or compare."""
    wanted = drawn(collected())
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    if not check:
        PAGE.write_text(wanted, encoding="utf-8")
    print(f"docs/findings.md: {'is behind the code → make docs' if check else 'drawn anew'}")  # noqa: T201
    return 1 if check else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
