"""`make drill-door`: is any request lost while a service and its door restart, reload and let in others?

On a lab host of each release, with eight clients on the host and eight on another one, which ask without pause: short
and slow requests and streams, on kept and on new connections. Prints one line of a table for each act; fails where a
request was refused, reset or cut.
"""

import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "collection")]

from ollama_host import conftest as ollama_host  # noqa: E402
from ollama_host.test_restart import Clients  # noqa: E402

from raised import raised  # noqa: E402

RELEASES = ("bookworm", "trixie")
ALLOWLIST = "/etc/llamakeep/doors/ollama-api"
# What is done, how often, and by which command; between two of them is a second.
ACTS = {
    "restarts of the service": (20, "systemctl reset-failed ollama; systemctl restart ollama"),
    "reloads of the door": (5, "systemctl reload ollama-api"),
    "restarts of the door": (5, "systemctl restart ollama-api.service"),
    "reloads of the door and restarts of the service after it": (
        3,
        "systemctl reload ollama-api; systemctl reset-failed ollama; systemctl restart ollama",
    ),
    "an allowed client added": (3, f"echo 192.0.2.$((RANDOM % 250)) >>{ALLOWLIST}; systemctl reload ollama-api"),
}


def drill(release: str) -> bool:
    """Do all of it on one host; say what came of it, and return whether no request was lost."""
    clean = True
    with raised(f"drill-{release}", llm=1, debian=release) as lab, tempfile.TemporaryDirectory() as kept:
        for subject in ollama_host.bare.__wrapped__(lab, Folder(Path(kept))):
            done = subject.converge()
            if done.code:
                raise SystemExit(done.text)
            version = subject.sh("haproxy -v | head -1 | cut -d' ' -f3")
            for name, (times, command) in ACTS.items():
                clean &= act(subject, f"{release}, HAProxy {version}", name, times, command)
    return clean


class Folder:
    """What the fixture of the tests asks for a folder."""

    def __init__(self, path: Path) -> None:
        self.mktemp = lambda _: path


def act(subject: object, host: str, name: str, times: int, command: str) -> bool:
    """Do one thing so many times under sixteen clients; print what each saw, and return whether nothing was lost."""
    began = time.monotonic()
    subject.sh(f"for _ in $(seq {times}); do {command}; done")
    seconds = 2 * (time.monotonic() - began) + 2 * times + 5  # they slow it down, and it waits for them
    both = [
        Clients(subject.machine, "127.0.0.1", seconds),
        Clients(subject.friend, subject.machine.address4, seconds),
    ]
    for each in both:
        each.start()
    subject.sh(f"for _ in $(seq {times}); do sleep 1; {command}; done")
    for each in both:
        each.join()
    asked = sum(seen["asked"] for each in both for seen in each.tally.values())
    lost = sum(sum(seen["wrong"].values()) for each in both for seen in each.tally.values())
    print(f"| {host} | {times} {name} | {asked:,} | {lost} | {max(each.worst() for each in both)} s |", flush=True)  # noqa: T201
    for each in both:
        if wrong := each.wrong():
            print(wrong, file=sys.stderr)  # noqa: T201
    return lost == 0


if __name__ == "__main__":
    print("| host | what was done | requests | lost | worst wait |\n|---|---|---|---|---|")  # noqa: T201
    clean = [drill(release) for release in (sys.argv[1:] or RELEASES)]
    sys.exit(not all(clean))
