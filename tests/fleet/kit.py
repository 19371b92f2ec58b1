"""The kit's own command line, called as a person would."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from llamakeep_lab import patience

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def llamakeep(*words: object, cwd: Path = ROOT, timeout: int = patience.CONVERGE) -> subprocess.CompletedProcess[str]:
    """Run one verb and return what it printed."""
    command = [str(BIN / "llamakeep"), *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=timeout)


def report(*words: object, cwd: Path = ROOT) -> dict[str, Any]:
    """Run one verb with --json and return its record."""
    done = llamakeep(*words, "--json", cwd=cwd)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def playbook(inventory: Path, *words: str, name: str = "playbooks/site.yml", cwd: Path = ROOT) -> tuple[str, dict]:
    """Run plain ansible-playbook; return what it printed and its recap: host -> {"changed": 0, …}."""
    command = [str(BIN / "ansible-playbook"), "-i", str(inventory), name, *words]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=patience.CONVERGE,
        stdin=subprocess.DEVNULL,
    )
    recap = re.findall(r"^(\S+)\s+: (ok=.*)$", done.stdout, re.MULTILINE)
    counts = {host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)} for host, line in recap}
    assert counts, done.stdout + done.stderr
    return done.stdout + done.stderr, counts
