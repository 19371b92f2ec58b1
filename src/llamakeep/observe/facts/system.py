"""What the machine is."""

import re
import shlex

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import System

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

_QUESTION = r"""
echo "kernel=$(uname -s)"; echo "release=$(uname -r)"; echo "machine=$(uname -m)"
echo "cpus=$(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc)"
sed -n 's/^MemTotal: *\([0-9]*\) kB/memory_kib=\1/p' /proc/meminfo
if [ -d /run/systemd/system ]; then echo "init=$(systemctl --version | head -n 1)"; else
    read -r init </proc/1/comm; echo "init=$init"; fi
echo "python=$("$python" -V 2>&1)"
echo "root=$LLAMAKEEP_ROOT"
sed -n -e 's/^ID=/os=/p' -e 's/^VERSION_ID=/os_version=/p' -e 's/^PRETTY_NAME=/os_name=/p' \
    "$(if [ -r /etc/os-release ]; then echo /etc/os-release; else echo /usr/lib/os-release; fi)"
"""


class SystemFact(Fact[System]):
    """Operating system, architecture, init, Python, and whether we may act as root.

    >>> System(os="debian", os_version="13", os_name="Debian GNU/Linux 13 (trixie)", architecture="amd64",
    ...        kernel="6.12.48", init="systemd 257", cpus=16, memory=67310858240, python="3.13.5", root="sudo")
    """

    name = "system"

    def question(self, ask: Ask) -> str:
        """Ask uname, os-release, /proc and the interpreters."""
        return f"python={shlex.quote(ask.python)}\n{_QUESTION}"

    def parse(self, answer: str) -> System:
        """Read `name=value` lines; values of os-release may be quoted."""
        said = dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)
        said = {name: value.strip().strip("\"'") for name, value in said.items()}
        python = re.search(r"^Python (3\.[0-9.]+)", said.get("python", ""))
        init = re.match(r"systemd [0-9]+", said.get("init", ""))
        return System(
            os=said.get("os") or said["kernel"].lower(),
            os_version=said.get("os_version", ""),
            os_name=said.get("os_name") or said["kernel"],
            architecture=_ARCHITECTURES.get(said["machine"], said["machine"]),
            kernel=said["release"],
            init=init[0] if init else said.get("init") or "unknown",
            cpus=int(said.get("cpus") or 0),
            memory=int(said.get("memory_kib") or 0) * 1024,
            python=python[1] if python else None,
            root=said["root"],  # type: ignore[arg-type] # the record refuses any other word
        )
