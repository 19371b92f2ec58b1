"""The tree of the services: each is a role's noun, and has nothing but its parts in the stages."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.played import PLAYED

from llamakeep import collection, services
from llamakeep.report.line import Line

FOLDER = Path(services.__file__).parent
KIT = FOLDER.parent


def named(path: Path) -> str:
    parts = path.relative_to(KIT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {named(path): path for path in KIT.rglob("*.py")}


def children(service: str) -> set[str]:
    return {path.stem for path in (FOLDER / service).iterdir() if path.suffix == ".py" or path.is_dir()}


def test_the_services_are_those_of_the_folders_in_the_order_of_the_play() -> None:
    known = [path.name for path in FOLDER.iterdir() if (path / "__init__.py").is_file()]
    assert sorted(services.names()) == sorted(known)
    assert [name for name in services.names() if name in PLAYED] == [name for name in PLAYED if name in known]


@pytest.mark.parametrize("service", services.names())
def test_a_service_is_a_role_and_is_said_what_it_should_be(service: str) -> None:
    assert (collection.root() / "roles" / service).is_dir()
    assert "wanted" in children(service)


@pytest.mark.parametrize("service", services.names())
def test_a_service_has_nothing_but_its_parts_in_the_stages(service: str) -> None:
    allowed = {"__init__", "__pycache__", f"test_{service}", *services.STAGES}
    assert children(service) <= allowed


@pytest.mark.parametrize("stage", services.STAGES)
def test_a_part_is_of_the_kind_that_its_stage_declares(stage: str) -> None:
    for name, part in services.parts(stage).items():
        assert type(part).__name__ == "Stage", name
        assert any(base.__name__ == f"{stage.capitalize()}Stage" for base in type(part).__mro__), name


@pytest.mark.parametrize(("service", "part"), services.parts("reported").items())
def test_what_a_report_says_of_a_service_has_a_template(service: str, part: Any) -> None:
    assert (FOLDER / service / "reported.html.j2").is_file() == (part.record is not Line)


def imported(path: Path) -> Iterator[str]:
    """Return the modules of the kit that a module imports when it is imported itself."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (part if part in MODULES else node.module for part in parts)


def test_no_module_of_the_kit_imports_itself_by_a_detour() -> None:
    reached = {name: {one for one in imported(path) if one in MODULES} for name, path in MODULES.items()}

    def leads_back(start: str) -> bool:
        seen: set[str] = set()
        waiting = [*reached[start]]
        while waiting:
            name = waiting.pop()
            if name == start:
                return True
            if name not in seen:
                seen.add(name)
                waiting += reached[name]
        return False

    assert [name for name in MODULES if leads_back(name)] == []


def known(path: Path) -> set[str]:
    """Return the services that a module names in its code: in names and in text that is not for its readers."""
    said = []
    begins = True
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT):
            begins = True
            continue
        if not (begins and token.type == tokenize.STRING):  # a docstring
            said.append(token.string)
        begins = False
    text = "\n".join(said).replace("-", "_")
    own = path.relative_to(FOLDER).parts[0] if path.is_relative_to(FOLDER) else ""
    # `ollama_version` is of ollama, `ollama_models_names` of the models alone.
    longest = re.compile(f"(?<![a-z])(?:{'|'.join(sorted(services.names(), key=len, reverse=True))})(?![a-z])")
    return {*longest.findall(text), own} & {*services.names()}


def test_few_modules_know_two_services() -> None:
    knowing = {named(path) for path in KIT.rglob("*.py") if len(known(path)) > 1}
    assert knowing == {
        "llamakeep.chatbox.provider",  # what a Chatbox on no host of ours is told of the gateway
        "llamakeep.verify.probe.connection",  # which of them answers behind a port
    }


def test_no_stage_imports_a_service() -> None:
    stages = ("inventory", "observe", "plan", "converge", "verify", "report")
    knowing = {
        named(path)
        for stage in stages
        for path in (KIT / stage).rglob("*.py")
        if path.parent.name != "suite"  # claims about the machine: its GPU is asked of the server
        if any(one.startswith("llamakeep.services.") for one in imported(path))
    }
    assert knowing == set()
