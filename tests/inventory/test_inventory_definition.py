"""Where variables are written, and which definition wins."""

from pathlib import Path

import pytest

from llamakeep.errors import Refusal
from llamakeep.inventory.definition import Definition, effective, scan
from llamakeep.inventory.source import Source, sources


def read(path: Path) -> tuple[str, bool]:
    return path.read_text(encoding="utf-8"), False


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def found(definitions: list[Definition]) -> list[tuple[str, int, str, str]]:
    return [(one.name, one.line, one.scope, one.owner) for one in definitions]


def test_a_yaml_inventory(tmp_path: Path) -> None:
    text = """\
all:
  vars:
    a: 1
  children:
    llm_hosts:
      hosts:
        gpu01:
          b: 2
        gpu02:
      vars: {c: 3}
"""
    path = write(tmp_path / "hosts.yml", text)
    assert found(scan(Source(path, None, ""), read)) == [
        ("a", 3, "group", "all"),
        ("b", 8, "host", "gpu01"),
        ("c", 10, "group", "llm_hosts"),
    ]


def test_an_ini_inventory(tmp_path: Path) -> None:
    text = """\
# fleet
[llm_hosts]
gpu[01:20] a=1 b='x y' # more
[llm_hosts:vars]

c = 3
[fleet:children]
llm_hosts
"""
    path = write(tmp_path / "hosts", text)
    assert found(scan(Source(path, None, ""), read)) == [
        ("a", 3, "host", "gpu[01:20]"),
        ("b", 3, "host", "gpu[01:20]"),
        ("c", 6, "group", "llm_hosts"),
    ]


def test_an_ini_heading_that_is_none(tmp_path: Path) -> None:
    path = write(tmp_path / "hosts", "\n[llm_hosts\n")
    with pytest.raises(Refusal, match="no heading of a group") as refused:
        scan(Source(path, None, ""), read)
    assert refused.value.place == f"{path}:2"


def test_variable_files_and_folders(tmp_path: Path) -> None:
    write(tmp_path / "hosts.yml", "llm_hosts:\n")
    write(tmp_path / "group_vars" / "all.yml", "---\na: 1\n")
    write(tmp_path / "group_vars" / "llm_hosts" / "20-more.yml", "b: 1\n")
    write(tmp_path / "group_vars" / "llm_hosts" / "10-vault.yml", "c: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  61\n")
    write(tmp_path / "host_vars" / "gpu01.example.org", "d: 1\n")
    write(tmp_path / "llamakeep.lock", "format: 1\n")
    write(tmp_path / "group_vars" / "all.yml~", "x: 1\n")
    every = [one for source in sources(tmp_path) for one in scan(source, read)]
    assert found(every) == [
        ("a", 2, "group", "all"),
        ("c", 1, "group", "llm_hosts"),
        ("b", 1, "group", "llm_hosts"),
        ("d", 1, "host", "gpu01.example.org"),
    ]
    assert [one.name for one in every if one.vaulted] == ["c"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "no valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "no valid YAML"),
        ("a: 'open\n", 2, "no valid YAML"),
        ("- a\n- b\n", 1, "no mapping"),
        ("just words\n", 1, "no mapping"),
    ],
)
def test_yaml_errors_name_file_and_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = write(tmp_path / "llm_hosts.yml", text)
    with pytest.raises(Refusal, match=said) as refused:
        scan(Source(path, "group", "llm_hosts"), read)
    assert refused.value.place == f"{path}:{line}"


@pytest.mark.parametrize("text", ["", "---\n", "# nothing yet\n", "null\n"])
def test_an_empty_file_defines_nothing(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "all.yml", text)
    assert scan(Source(path, "group", "all"), read) == []


def test_a_program_and_a_plugin_have_no_lines(tmp_path: Path) -> None:
    program = write(tmp_path / "dynamic.sh", "#!/bin/sh\n[llm\n")
    plugin = write(tmp_path / "cloud.yml", "plugin: example.cloud.hosts\nollama_nonsense: 1\n")
    assert scan(Source(program, None, ""), read) == []
    assert scan(Source(plugin, None, ""), read) == []


def definition(line: int, scope: str, owner: str, *, own_file: bool = False) -> Definition:
    return Definition("a", Path("hosts.yml"), line, scope, owner, own_file, False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("definitions", "line"),
    [
        ([definition(1, "group", "all"), definition(2, "group", "llm_hosts")], 2),
        ([definition(1, "group", "llm_hosts"), definition(2, "group", "all")], 1),
        ([definition(1, "host", "gpu01"), definition(2, "group", "llm_hosts", own_file=True)], 1),
        ([definition(1, "host", "gpu[01:20]"), definition(2, "group", "llm_hosts")], 1),
        ([definition(1, "host", "gpu02"), definition(2, "group", "all")], 2),
        ([definition(1, "group", "llm_hosts"), definition(2, "group", "all", own_file=True)], 2),
        ([definition(1, "group", "chat_hosts")], None),
    ],
)
def test_the_special_wins_over_the_general(definitions: list[Definition], line: int | None) -> None:
    winner = effective(definitions, "a", "gpu01", ("all", "llm_hosts"))
    assert (winner.line if winner else None) == line
