"""`make drill-memory`: does `MemoryMax=` hold where the kernel can hold it, and does what it ended come back?

In one emulated machine with cgroup v2: a door as the templates make it, a server behind it that takes the memory it is
asked for, with the restarts and the policy of `open-webui.service`, and one whose child takes it, with those of
`ollama.service`. Prints one line of a table for each act; fails where a bound did not hold, or nobody came back.
"""

import io
import re
import sys
import tarfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
sys.path[:0] = [str(TESTS / "collection" / "managed"), str(ROOT / "templates")]

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import doors  # noqa: E402
from emulated import Machine, booted  # noqa: E402
from scene import render  # noqa: E402

INSIDE = Path(__file__).parent / "inside"
DOOR = {"name": "eat-door", "into": "eat.service", "port": 8081, "upstream": 9000, "at": ["127.0.0.1"], "sealed": False}
BOUND = 600 * 2**20  # of both servers; asked for 900 MiB
LOW = 48 * 2**20  # of the door, when its own bound was seen to be more than enough
GROUP = "/sys/fs/cgroup/system.slice/{}.service/memory.{}"
HALF = "python3 /root/crowd.py 8081 4000 14000 25"  # 4,000 requests with 14 kB of a head each
OTHER = "curl -s -m 90 -o /dev/null -w '%{http_code}' http://127.0.0.1:8081/"


def unit(role: str, template: str, command: str, more: str = "") -> str:
    """Return a unit that runs something else with the restarts and the policy of a role's own."""
    own = (ROOT / "roles" / role / "templates" / template).read_text()
    kept = "\n".join(re.findall(r"^(?:Restart|RestartSec|OOMPolicy)=.*$", own, re.MULTILINE))
    return f"[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart={command}\nMemoryMax={BOUND}\n{kept}\n{more}"


def files() -> dict[str, str]:
    """Return path -> content of all that lies on the machine."""
    door = doors.expand({**DOOR, "longest_body": 2**25})
    templates = {file["path"]: file["template"] for file in doors.files(door) if file["path"] != doors.CHECK}
    programs = {
        path: (ROOT / "templates" / name).read_text() for path, name in templates.items() if name.endswith(".py")
    }
    drawn = {path: render(name, door) for path, name in templates.items() if path not in programs}
    release = "ExecStartPost=+-/opt/llamakeep/libexec/door-control release eat-door\n"
    eater = "python3 /root/eater.py"
    return {
        **programs,
        **drawn,
        **{f"/root/{path.name}": path.read_text() for path in INSIDE.glob("*.py")},
        "/etc/systemd/system/eat.service": unit("open_webui", "open-webui.service.j2", f"{eater} 9000", release),
        "/etc/systemd/system/model.service": unit("ollama", "ollama.service.j2", f"{eater} 9001 runner"),
    }


def packed(content: dict[str, str]) -> bytes:
    """Return files as one tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, text in content.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(text.encode()), 0o755 if "libexec" in path else 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def bytes_of(machine: Machine, name: str, what: str) -> int:
    """Return a number that the kernel keeps of a unit: `max`, `peak`."""
    return int(machine.sh(f"cat {GROUP.format(name, what)}"))


def restarts(machine: Machine, name: str) -> int:
    """Return how often systemd started a unit again."""
    return int(machine.sh(f"systemctl show -P NRestarts {name}"))


def door_holds(machine: Machine) -> tuple[str, bool]:
    """The door under as many half requests as it has places."""
    got = machine.sh(f"{HALF} & sleep 20; {OTHER}; wait").splitlines()
    bound, peak = bytes_of(machine, "eat-door", "max"), bytes_of(machine, "eat-door", "peak")
    held = got[0].startswith("200") and bound == 2**30 and peak < bound // 2 and not restarts(machine, "eat-door")
    return f"door, 4,000 half requests | {mb(bound)} | {mb(peak)} | another client {got[0][:3]}, no restart", held


def door_returns(machine: Machine) -> tuple[str, bool]:
    """The same with a bound that is too low: the kernel ends it, and it comes back."""
    drop = "/run/systemd/system/eat-door.service.d"
    low = f"mkdir -p {drop}; printf '[Service]\\nMemoryMax={LOW}\\n' >{drop}/low.conf; systemctl daemon-reload"
    machine.sh(f"{low}; systemctl restart eat-door; {OTHER}")
    bound = bytes_of(machine, "eat-door", "max")
    got = machine.sh(f"{HALF} >/dev/null & sleep 10; {OTHER}; wait; echo; {OTHER}").split()
    ended, peak = (
        restarts(machine, "eat-door"),
        machine.sh("journalctl -o cat -u eat-door | grep -o '[^ ]* memory peak' | tail -1"),
    )
    said = f"the same, bound too low | {mb(bound)} | {peak.split()[0]} | ended and back {ended} times, others {got}"
    return said, bound == LOW and ended > 0 and got[-1] == "200"


def chat_returns(machine: Machine) -> tuple[str, bool]:
    """A server that takes too much itself is ended; whoever comes then waits in the door."""
    got = machine.sh(
        f"curl -s -m 90 -d 900 -o /dev/null -w '%{{http_code}} ' http://127.0.0.1:8081/eat; {OTHER}"
    ).split()
    later = machine.sh(f"sleep 10; {OTHER}")
    said = f"server, as the chat's: 900 MiB | {mb(BOUND)} | | who asked {got[0]}, the next {got[1]}, 10 s later {later}"
    return said, restarts(machine, "eat") == 1 and later == "200"


def model_ends_alone(machine: Machine) -> tuple[str, bool]:
    """A child that takes too much is ended alone: `OOMPolicy=continue`."""
    before = machine.sh("systemctl show -P MainPID model")
    got = machine.sh(
        "for n in 900 100; do curl -s -m 90 -d $n -o /dev/null -w '%{http_code} ' http://127.0.0.1:9001/; done"
    )
    peak, after = bytes_of(machine, "model", "peak"), machine.sh("systemctl show -P MainPID model")
    said = f"model, as Ollama's: 900 MiB, then 100 | {mb(BOUND)} | {mb(peak)} | {got}, the server stayed"
    return said, got.split() == ["500", "200"] and before == after and peak <= BOUND


def mb(size: int) -> str:
    """Return a size to read."""
    return f"{size / 2**20:.0f} MiB"


def drill() -> bool:
    """Do all of it; return whether every bound held."""
    clean = True
    with booted() as machine:
        machine.sh("tar -x -C / --no-same-owner && systemctl daemon-reload", packed(files()))
        machine.sh("systemctl start eat.service model.service eat-door.socket; sleep 5; " + OTHER)
        print(f"kernel {machine.sh('uname -r')}, {machine.sh('haproxy -v | head -1 | cut -d" " -f1-3')}")  # noqa: T201
        print("| what | bound | most it held | what came of it |\n|---|---|---|---|")  # noqa: T201
        for act in (door_holds, door_returns, chat_returns, model_ends_alone):
            said, held = act(machine)
            print(f"| {said} |{'' if held else ' NOT AS WANTED'}", flush=True)  # noqa: T201
            clean &= held
    return clean


if __name__ == "__main__":
    sys.exit(not drill())
