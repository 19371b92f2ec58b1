"""A verb starts with what it uses, and with nothing else: told by the modules that it imports, not by a clock."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = {"ansible", "ansible_runner", "cryptography", "docker", "gevent", "jinja2", "pydantic"}
HEAVY |= {"pyinfra", "pytest", "requests", "rich", "testinfra", "yaml"}
WATCHED = """
import json, sys
from llamakeep.cli import main
sys.argv = ["llamakeep", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
json.dump(sorted({name.partition(".")[0] for name in sys.modules}), sys.stderr)
"""


def started(*words: str, **environment: str) -> tuple[str, set[str]]:
    """Return what a call prints, and the heavy packages that it imports."""
    command = [sys.executable, "-c", WATCHED, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **environment})
    return done.stdout, HEAVY & set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("verb", ["", "show", "up", "verify", "report", "key", "ca", "lab", "lab up"])
def test_help_imports_none_of_what_the_verbs_work_with(verb):
    said, heavy = started(*verb.split(), "--help")
    assert "Usage: llamakeep" in said
    assert heavy == set()


def test_the_list_of_verbs_says_of_each_what_it_is_for():
    said, _ = started("--help")
    verbs = {line.split()[0]: line.split()[1:] for line in said.partition("Commands:")[2].splitlines() if line.strip()}
    assert {"show", "observe", "plan", "up", "verify", "report", "lab"} <= verbs.keys()
    assert all(verbs.values())


def test_completion_names_the_verbs_and_imports_nothing_more():
    said, heavy = started(_LLAMAKEEP_COMPLETE="bash_complete", COMP_WORDS="llamakeep ver", COMP_CWORD="1")
    assert said == "plain,verify\n"
    assert heavy == set()
