#!/usr/bin/python
"""Bring one version of a Python program to this host, in an environment of its own, from wheels named by hash."""

from __future__ import annotations

DOCUMENTATION = r"""
module: venv
short_description: Makes a virtual environment from a lock, whole or not at all
description:
  - Brings exactly the wheels that the lock names, each compared with its sha256, into an environment beside the one in
    use. It takes its place when all of it is there. Nothing is built on the host, and nothing is resolved.
  - Until then, and when anything fails, whatever version is in use stays as it is. What came over the network by then
    is kept, and the next run goes on from there.
  - When it makes an environment, it removes older ones of its own making, but for the one that is in use.
options:
  path: {type: path, required: true, description: Folder that becomes the environment}
  python: {type: path, default: /usr/bin/python3, description: The interpreter of the host that it runs on}
  requirements: {type: str, required: true, description: "The lock, one C(name==version --hash=sha256:…) a line"}
  program:
    type: str
    default: ""
    description: >-
      The package of the lock that the environment is for. It is brought whatever Python it says it needs, as the lock
      names the Pythons that it was tried with.
  tools: {type: str, required: true, description: "The lock of the program that brings the wheels: uv"}
  index: {type: str, default: "", description: Address of the index to ask; empty for the public one}
  size: {type: int, default: 0, description: Bytes that the environment takes; 0 where it is not known}
  current: {type: path, default: "", description: Link to the version in use, which stays whatever comes}
  cache: {type: path, default: /var/cache/llamakeep/venv, description: Where wheels lie while they come}
  timeout: {type: int, default: 30, description: Seconds without a byte after which the index counts as dead}
attributes:
  check_mode: {support: full}
  diff_mode: {support: full}
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Install the locked version next to the current one
  llamakeep.fleet.venv:
    path: /opt/llamakeep/open_webui/0.12.4
    requirements: "{{ lookup('ansible.builtin.file', 'slim-0.12.4-python3.13.txt') }}"
    program: open-webui
    tools: "{{ lookup('ansible.builtin.file', 'tools.txt') }}"
    current: /opt/llamakeep/open_webui/current
"""

RETURN = r"""
removed: {type: list, returned: always, description: Older environments that were removed}
refusals:
  description: What was refused, each with C(id), C(place), C(found), C(expected) and C(remedy).
  type: list
  elements: dict
  returned: on failure
"""

import hashlib
import os
import shutil
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt, space
from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals
from ansible_collections.llamakeep.fleet.plugins.module_utils.release import Release

_ARGUMENTS = {
    "path": {"type": "path", "required": True},
    "python": {"type": "path", "default": "/usr/bin/python3"},
    "requirements": {"type": "str", "required": True},
    "program": {"type": "str", "default": ""},
    "tools": {"type": "str", "required": True},
    "index": {"type": "str", "default": ""},
    "size": {"type": "int", "default": 0},
    "current": {"type": "path", "default": ""},
    "cache": {"type": "path", "default": "/var/cache/llamakeep/venv"},
    "timeout": {"type": "int", "default": 30},
}
# The host's own trust store: a mirror of the house is signed by a CA that only it knows.
_TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
_LINES = 4  # of what a program said last, when it failed
_WIDTH = 160


class Environment:
    """One environment on its way."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.want = module.params
        self.tools = os.path.join(self.want["cache"], "tools")
        trust = {name: _TRUSTED for name in ("SSL_CERT_FILE", "PIP_CERT") if os.path.exists(_TRUSTED)}
        index = {name: self.want["index"] for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL") if self.want["index"]}
        # pip takes plain HTTP from a host that is named; what comes has the sha256 of the lock in any case.
        plain = urlsplit(self.want["index"])
        named = {"PIP_TRUSTED_HOST": plain.netloc.rpartition("@")[2]} if plain.scheme == "http" else {}
        self.environment = {
            **trust,
            **index,
            **named,
            "PIP_CACHE_DIR": os.path.join(self.want["cache"], "pip"),
            "PIP_DEFAULT_TIMEOUT": str(self.want["timeout"]),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PIP_RETRIES": "1",
            "UV_CACHE_DIR": os.path.join(self.want["cache"], "uv"),
            "UV_HTTP_TIMEOUT": str(self.want["timeout"]),
            "UV_NO_CONFIG": "1",
            "UV_PYTHON_DOWNLOADS": "never",
        }

    def fill(self, folder: str) -> None:
        """Make the environment in an empty folder, with all that the lock names and nothing else."""
        os.makedirs(self.want["cache"], mode=0o700, exist_ok=True)
        own, others = self._parted()
        shutil.rmtree(self.tools, ignore_errors=True)
        self._do([self.want["python"], "-m", "venv", self.tools])
        by_hash = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--quiet"]
        self._do(
            [
                f"{self.tools}/bin/python",
                "-m",
                "pip",
                "install",
                *by_hash,
                "-r",
                self._file("tools", self.want["tools"]),
            ]
        )
        self._do(
            [
                f"{self.tools}/bin/uv",
                "venv",
                "--quiet",
                "--relocatable",
                "--allow-existing",
                "--python",
                self.want["python"],
                folder,
            ]
        )
        python = f"{folder}/bin/python"
        uv = [f"{self.tools}/bin/uv", "pip", "install", "--python", python, "--compile-bytecode", *by_hash]
        self._do([*uv, "-r", self._file("others", others)])
        if own:
            # uv would refuse it on a Python that it does not name.
            pip = [f"{self.tools}/bin/python", "-m", "pip", "--python", python, "install", "--ignore-requires-python"]
            self._do([*pip, *by_hash, "-r", self._file("own", own)])
        # What was linked from the cache changes with it: it goes before anything is stamped.
        shutil.rmtree(self.want["cache"])

    def _parted(self) -> tuple[str, str]:
        """Return the line of the program itself, and all others."""
        lines = self.want["requirements"].splitlines()
        own = [line for line in lines if self.want["program"] and line.startswith(f"{self.want['program']}==")]
        return "\n".join(own), "\n".join(line for line in lines if line not in own)

    def _file(self, name: str, content: str) -> str:
        path = os.path.join(self.want["cache"], f"{name}.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(content + "\n")
        return path

    def _do(self, words: list[str]) -> None:
        code, out, err = self.module.run_command(words, environ_update=self.environment)
        if code == 0:
            return
        said = [line.strip() for line in (err or out).strip().splitlines() if line.strip()]
        if space.free(self.want["path"]) < space.RESERVE or "No space left" in err:
            shutil.rmtree(self.want["cache"], ignore_errors=True)
            found = f"no space is left on its disk, or on that of {self.want['cache']}"
            remedy = "make room and run again"
        elif "ensurepip" in out + err:
            found, remedy = f"{self.want['python']} cannot make environments", "apt-get install python3-venv"
        else:
            program = "uv" if words[0].endswith("/uv") else "pip"
            lines = "".join(f"\n    {line[:_WIDTH]}" for line in said[-_LINES:])
            found = f"{program} could not bring it:{lines}"
            remedy = "run again when the index answers, or set another one: what came is kept"
        raise Refusal(
            self.want["path"],
            found,
            id="python-packages-not-installed",
            expected="all that the lock names, each file with its sha256",
            remedy=f"{remedy}; the version in use still serves",
        )


def main() -> None:
    """Make the environment, unless it is here and whole."""
    module = AnsibleModule(argument_spec=_ARGUMENTS, supports_check_mode=True)
    want = module.params
    result: dict[str, Any] = {"changed": False, "removed": []}
    try:
        release = Release(want["path"])
        lock = _digest(module)
        fault = release.fault(lock)
        if fault:
            _foretell(want, release, fault, result)
        if fault and not module.check_mode:
            receipt.begin()
            release.make(lock, Environment(module).fill)
            for path in result["removed"]:
                shutil.rmtree(path)
    except Refusal as refusal:
        module.fail_json(**refusal.failure, **{**result, "changed": False, "removed": []})
    except OSError as error:
        said = f"{error.filename or want['path']}: {error.strerror or error}; the version in use is as it was"
        module.fail_json(msg=said, **{**result, "changed": False, "removed": []})
    module.exit_json(**result)


def _digest(module: AnsibleModule) -> str:
    """Return by what an environment is known: its lock, and the Python that it was made for."""
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    _, version, _ = module.run_command([module.params["python"], "-c", script], check_rc=True)
    return hashlib.sha256(f"{version}{module.params['requirements'].strip()}".encode()).hexdigest()


def _foretell(want: dict[str, Any], release: Release, fault: str, result: dict[str, Any]) -> None:
    """Say what is to come and what goes, and refuse what does not fit on the disk."""
    result["changed"] = True
    result["removed"] = release.outdated(want["current"])
    count = sum("==" in line for line in want["requirements"].splitlines())
    size = f", {readable(want['size'])}" if want["size"] else ""
    lines = [f"+ {release.path}  {count} packages by hash{size} ({fault})"]
    lines += [f"- {path}  older than the version in use" for path in result["removed"]]
    result["diff"] = {"prepared": "".join(f"{line}\n" for line in lines)}
    refusals = space.refusals(
        [{"path": release.path, "bytes": want["size"], "why": "the environment, and what it comes from"}]
    )
    if refusals:
        raise Refusals(refusals)


if __name__ == "__main__":
    main()
