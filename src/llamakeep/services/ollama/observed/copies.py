"""Every Ollama on the host, whoever brought it."""

import re
from typing import NamedTuple

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.facts.cgroup import owners
from llamakeep.services.ollama.observed.seen import Copy

# No copy is run: `ollama --version` asks a server, starts one that waits behind a socket, and makes keys.
# Docker is asked only where it runs, since its socket would start it; Podman's own list is read, since
# `podman ps` makes the folders of a Podman that nobody ever used. Of a command line only the program and its
# verb are taken: what follows `ollama run` may be somebody's question.
_QUESTION = r"""
set --
for path in "$(command -v ollama)" /usr/local/bin/ollama /usr/bin/ollama /bin/ollama /opt/ollama/bin/ollama \
    /opt/ollama/ollama "$releases"/*/bin/ollama /snap/ollama/current/bin/ollama /run/current-system/sw/bin/ollama \
    /opt/homebrew/Cellar/ollama/*/bin/ollama /usr/local/Cellar/ollama/*/bin/ollama /opt/homebrew/bin/ollama \
    /home/linuxbrew/.linuxbrew/Cellar/ollama/*/bin/ollama "$HOME/.local/bin/ollama"; do
    case " $seen " in *" $path "*) continue ;; esac
    [ -f "$path" ] || continue
    seen="$seen $path"
    real=$path
    if [ -h "$path" ] || [ -h "${path%/bin/ollama}" ] || [ -h /bin ]; then real=$(readlink -f "$path"); fi
    printf 'program\t%s\t%s\n' "$path" "$real"
    case $real in /usr/bin/ollama)
        echo "package=$(dpkg-query -W -f '${Version}' ollama || rpm -q --qf '%{VERSION}' ollama)"
        for entry in /var/lib/pacman/local/ollama-[0-9]*; do [ -d "$entry" ] && echo "package=${entry##*/ollama-}"; done
    esac
done
if [ -r /snap/ollama/current/meta/snap.yaml ]; then
    sed -n "s/^version: *['\"]*\([^'\"]*\).*/snap=\1/p" /snap/ollama/current/meta/snap.yaml
fi
for app in /Applications/Ollama.app /Users/*/Applications/Ollama.app; do
    [ -d "$app" ] || continue
    version=$(/usr/libexec/PlistBuddy -c 'Print CFBundleShortVersionString' "$app/Contents/Info.plist")
    printf 'app\t%s\t%s\n' "$app" "$version"
done
if [ -r /proc/self/comm ]; then
    for file in $(grep -l -x ollama /proc/[0-9]*/comm | head -n 50); do
        here=${file%/comm}
        printf 'process\t%s\t%s\t%s\n' "${here#/proc/}" "$(readlink "$here/exe")" \
            "$(tr '\0' '\n' <"$here/cmdline" | sed -n '/ollama$/{p;n;p;q;}' | tr '\n' ' ')"
        set -- "$@" "$here/cgroup"
    done
    [ $# = 0 ] || grep -H -e '^0::' -e ':name=systemd:' /proc/1/cgroup "$@"
else ps -axo pid=,comm= | grep '/ollama$' | sed 's/^/ps /'; fi
pid=; [ -r /var/run/docker.pid ] && read -r pid </var/run/docker.pid
if [ -S /var/run/docker.sock ] && [ -n "$pid" ] && [ -d "/proc/$pid" ]; then
    if command -v timeout; then short='timeout 3'; fi >/dev/null
    $short docker ps -a --no-trunc --format 'container	{{.ID}}	{{.State}}	{{.Names}}	{{.Image}}	{{.Ports}}' |
        grep -i ollama | head -n 50
fi
for list in /var/lib/containers /home/*/.local/share/containers; do
    list=$list/storage/overlay-containers/containers.json
    [ -r "$list" ] && tr ',' '\n' <"$list" | sed -n -e 's/^.*"id": *"\([0-9a-f]\{64\}\)".*/podman-id=\1/p' \
        -e 's/.*\\"image-name\\": *\\"\([^"\\]*ollama[^"\\]*\)\\".*/podman=\1/p' | head -n 500
done
"""

_RUNNER = "runner"  # the verb with which older servers start their own engine
_IN_PATH = re.compile(r"/opt/llamakeep/ollama/([^/]+)/|/Cellar/ollama/([^/]+)/|-ollama(?:-\w+)?-([0-9][^/]*)/")


class Found(NamedTuple):
    """A copy, and the processes that run from it."""

    copy: Copy
    pids: tuple[int, ...]


class _Process(NamedTuple):
    pid: int
    path: str
    verb: str
    owner: str  # "ollama.service", "container 4f1ba0c5e1d2"

    @property
    def inside(self) -> bool:
        """Whether its path is one of a container's, not of the host's."""
        return self.owner.startswith("container ")


class CopiesFact(Fact[tuple[Found, ...]]):
    """Programs, apps, containers and running servers; the version where a file tells it.

    >>> (Found(Copy(kind="program", path="/opt/llamakeep/ollama/0.34.4/bin/ollama", version="0.34.4", ours=True,
    ...             running=True), pids=(812,)),
    ...  Found(Copy(kind="container", path="chat (ollama/ollama:0.13.5)", version="0.13.5", running=True), pids=()))
    """

    name = "copies"
    limit = 8

    def question(self, ask: Ask) -> str:  # noqa: ARG002 - the same on every host
        """Ask the usual places, the processes, and what runs containers."""
        return f"releases=/opt/llamakeep/ollama seen= short=\n{_QUESTION}"

    def parse(self, answer: str) -> tuple[Found, ...]:
        """Join the processes to the programs and containers that they run from."""
        lines = answer.splitlines()
        rows = [line.split("\t") for line in lines]
        processes = _processes(rows, lines)
        names: dict[str, set[str]] = {}
        for row in rows:
            if row[0] == "program" and len(row) == 3:
                names.setdefault(row[2] or row[1], set()).update(row[1:])
        found = [
            _joined(copy, [one for one in processes if one.path in names.get(real, {real}) and not one.inside])
            for real, copy in _programs(rows, answer).items()
        ]
        found += [
            _joined(copy, [one for one in processes if one.owner == f"container {name[:12]}"])
            for name, copy in _containers(rows, answer).items()
        ]
        known = {pid for one in found for pid in one.pids}
        found += [_alone(one) for one in processes if one.pid not in known and one.verb == "serve"]
        return tuple(found)


def _programs(rows: list[list[str]], answer: str) -> dict[str, Copy]:
    """Return real path -> copy; several names of one program are one copy."""
    package = re.search(r"^package=(\S+)$", answer, flags=re.MULTILINE)
    snap = re.search(r"^snap=(\S+)$", answer, flags=re.MULTILINE)
    found = {}
    for row in rows:
        if row[0] == "program" and len(row) == 3:
            path = row[2] or row[1]
            in_path = _IN_PATH.search(path)
            version = next(filter(None, in_path.groups()), "") if in_path else ""
            if path == "/usr/bin/ollama" and package:
                version = re.sub(r"^\d+:|-[^-]*$", "", package[1])
            kind, version = ("snap", snap[1] if snap else "") if path.startswith("/snap/") else ("program", version)
            ours = path.startswith("/opt/llamakeep/")
            found[path] = Copy(kind=kind, path=path, version=version, ours=ours)  # type: ignore[arg-type] # two words
        elif row[0] == "app" and len(row) == 3:
            found[f"{row[1]}/Contents/Resources/ollama"] = Copy(kind="app", path=row[1], version=row[2])
    return found


def _containers(rows: list[list[str]], answer: str) -> dict[str, Copy]:
    """Return id -> copy of each container whose image is called ollama; the tag is the version that it asks for."""
    found = {}
    for row in rows:
        if row[0] == "container" and len(row) == 6:
            _, name, state, called, image, ports = row
            at = re.search(r"(\S+:\d+)->11434/tcp", ports)
            found[name] = _container(f"{called} ({image})", image, running=state == "running", at=at[1] if at else "")
    name = ""
    for word, value in re.findall(r"^(podman-id|podman)=(.*)$", answer, flags=re.MULTILINE):
        if word == "podman-id":
            name = value
        elif name:
            found[name] = _container(f"{name[:12]} ({value})", value, running=False, at="")
    return found


def _container(path: str, image: str, *, running: bool, at: str) -> Copy:
    tag = re.search(r":v?([0-9]+\.[0-9]+\.[0-9]+[^:@/]*)(?:@|$)", image)
    return Copy(kind="container", path=path, version=tag[1] if tag else "", running=running, address=at)


def _processes(rows: list[list[str]], lines: list[str]) -> list[_Process]:
    """Return who is called ollama; one whose program may not be seen is known by its first word."""
    owned = owners(lines)
    found = []
    for row in rows:
        if row[0] == "process" and len(row) == 4:
            pid, (word, verb, *_) = int(row[1]), [*row[3].split(), "", ""]
            path = word if word.startswith("/") else row[2].removesuffix(" (deleted)")
            found.append(_Process(pid, path or word, verb, owned.get(pid, "")))
    of_ps = [match for line in lines if (match := re.match(r"ps +(\d+) (/.*)$", line))]
    found += [_Process(int(match[1]), match[2], "serve", "") for match in of_ps]
    return [one for one in found if one.verb != _RUNNER]


def _joined(copy: Copy, running: list[_Process]) -> Found:
    """Return a copy with its processes; one that only asks, as `ollama run` does, is no server."""
    serving = any(one.verb == "serve" for one in running)
    return Found(copy.model_copy(update={"running": copy.running or serving}), tuple(one.pid for one in running))


def _alone(process: _Process) -> Found:
    """Return a server whose program lies where nobody looked, or in a container that nobody lists."""
    path = f"{process.owner} ({process.path})" if process.inside else process.path or f"pid {process.pid}"
    kind = "container" if process.inside else "process"
    return Found(Copy(kind=kind, path=path, running=True), (process.pid,))  # type: ignore[arg-type] # two words
