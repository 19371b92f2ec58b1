"""What a converge left on this host, and what has become of it since.

The standard library alone, and nothing of Ansible: `observe` pipes this file into `python3 - look` on a host,
the modules import it. The receipt is one JSON object, root's alone:
`{"format": 1, "kit": "0.1.0+3f9c2a7b61de", "complete": true, "salt": "9f…", "converged_at": "2026-11-22T17:05:11Z",
"inputs": {"ollama_version": "<salted sha256>"}, "roles": {"ollama": {"files": […], "units": […], …}}}`.
"""

from __future__ import annotations

import contextlib
import datetime
import glob
import grp
import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import sys
from typing import Any

# Lies in each unpacked release: {"sha256": "…", "files": {"bin/ollama": [size, mtime, ctime (ns), inode]}}
MARK = ".llamakeep.json"
PATH = "/var/lib/llamakeep/receipt.json"
DYNAMIC_SET = re.compile(
    rb"^\tset \S+ \{\n(?:\t\t.*\n)*?\t\tflags [^\n]*\bdynamic\b.*\n(?:\t\t.*\n)*\t\}\n", re.MULTILINE
)
ELEMENTS = re.compile(rb"^\t\telements = \{[^}]*\}\n", re.MULTILINE)
UNIT_PROPERTIES = (
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "NeedDaemonReload",
    "DropInPaths",
    "MainPID",
)


def read(path: str = PATH) -> dict[str, Any] | None:
    """Return the receipt of this host; None: there is none, or what lies there is not one."""
    try:
        with open(path, encoding="utf-8") as file:
            receipt = json.load(file)
    except (FileNotFoundError, ValueError):
        return None
    return receipt if isinstance(receipt, dict) and receipt.get("format") == 1 else None


def section(role: str, path: str = PATH) -> dict[str, Any]:
    """Return what a role left when it ran last; empty where it never did."""
    found: dict[str, Any] = (read(path) or {}).get("roles", {}).get(role, {})
    return found


def begin(path: str = PATH) -> None:
    """Note, before the first change of a converge, that the host is between two states."""
    receipt = read(path) or _blank()
    if receipt["complete"] or not os.path.exists(path):
        _write({**receipt, "complete": False}, path)


def record(role: str, left: dict[str, Any], path: str = PATH) -> bool:
    """Enter what a role leaves; say whether that is anything new. Nothing new: not a byte is written."""
    receipt = read(path) or _blank()
    if receipt["roles"].get(role) == left:
        return False
    _write({**receipt, "complete": False, "roles": {**receipt["roles"], role: left}}, path)
    return True


def complete(kit: str, inputs: dict[str, Any], path: str = PATH, write: bool = True) -> list[str]:
    """Close the receipt: from which values (`{option: value}`) and by which kit; return what is new in it.

    >>> complete("0.1.0+3f9c2a7b61de", {"ollama_version": "0.34.4"})
    ['ollama_version']
    """
    receipt = read(path) or _blank()
    hashed = {name: input_hash(receipt["salt"], value) for name, value in sorted(inputs.items())}
    changed = {name for name in {**hashed, **receipt["inputs"]} if hashed.get(name) != receipt["inputs"].get(name)}
    news = sorted(changed) + ["kit"] * (receipt["kit"] != kit) + ["complete"] * (not receipt["complete"])
    if news and write:
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        _write({**receipt, "kit": kit, "inputs": hashed, "complete": True, "converged_at": now}, path)
    return news


def input_hash(salt: str, value: object) -> str:
    """Return the salted hash by which a value can be recognised and not read."""
    return hashlib.sha256((salt + json.dumps(value, sort_keys=True, separators=(",", ":"))).encode()).hexdigest()


def _blank() -> dict[str, Any]:
    salt = secrets.token_hex(16)
    return {"format": 1, "kit": "", "complete": False, "salt": salt, "converged_at": "", "inputs": {}, "roles": {}}


def _write(receipt: dict[str, Any], path: str) -> None:
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    staged = f"{path}.new"
    with open(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(receipt, file, indent=1, sort_keys=True)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(staged, path)


def file_hash(path: str) -> str:
    """Return the sha256 (hex) of a file's bytes."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(1 << 20), b""):
            digest.update(part)
    return digest.hexdigest()


def stamp(path: str) -> list[int]:
    """Return `[size, mtime_ns, ctime_ns, inode]`: while it stands, nobody wrote to the file."""
    seen = os.stat(path)
    return [seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino]


def release_hash(folder: str) -> str:
    """Return the sha256 (hex) of the mark in an unpacked release, another one each time; empty: it is none."""
    try:
        return file_hash(os.path.join(folder, MARK))
    except OSError:
        return ""


def attributes(path: str) -> dict[str, Any]:
    """Return `{"owner": "root", "group": "root", "mode": "0644"}`; a number where an id has no name."""
    seen = os.lstat(path)
    owner, group = str(seen.st_uid), str(seen.st_gid)
    with contextlib.suppress(KeyError):
        owner = pwd.getpwuid(seen.st_uid).pw_name
    with contextlib.suppress(KeyError):
        group = grp.getgrgid(seen.st_gid).gr_name
    return {"owner": owner, "group": group, "mode": f"{stat.S_IMODE(seen.st_mode):04o}"}


def units_seen(names: list[str]) -> dict[str, Any]:
    """Return `{"ollama.service": {"LoadState": "loaded", "ActiveState": "active", "DropInPaths": "", …}}`."""
    if not names or not shutil.which("systemctl"):
        return {}
    ask = ["systemctl", "show", "--property=" + ",".join(UNIT_PROPERTIES), "--", *names]
    answer = subprocess.run(ask, capture_output=True, text=True, check=False).stdout
    blocks = answer.strip("\n").split("\n\n")
    found = {
        name: dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        for name, block in zip(names, blocks)  # noqa: B905 - `strict` is younger than Python 3.9
    }
    for name, seen in found.items():
        if seen.get("NeedDaemonReload") == "yes":
            read = seen.get("DropInPaths", "").split()
            seen["DropInPaths"] = " ".join([*read, *(path for path in unread_drop_ins(name) if path not in read)])
    return found


def foreign_drop_ins(seen: dict[str, Any], ours: set[str]) -> list[str]:
    """Return the paths of the drop-ins that someone laid over a unit of ours; the system's own do not count."""
    general = {"service.d", "socket.d"}
    paths = [path for path in seen.get("DropInPaths", "").split() if path.startswith(("/etc/", "/run/"))]
    return [path for path in paths if path not in ours and path.split("/")[-2] not in general]


def unread_drop_ins(name: str, roots: tuple[str, ...] = ("/etc/systemd/system", "/run/systemd/system")) -> list[str]:
    """Return the drop-ins of a unit that lie on the disk: systemd names those alone that it has read."""
    return sorted(path for root in roots for path in glob.glob(f"{root}/{glob.escape(name)}.d/*.conf"))


def interfaces(pid: str) -> list[str]:
    """Return the network interfaces that a process sees, such as `["lo"]`."""
    with open(f"/proc/{pid}/net/dev", encoding="ascii") as file:
        return [line.split(":")[0].strip() for line in file.readlines()[2:]]


def table_hash(name: str) -> str | None:
    """Return the sha256 (hex) of an nft table's rules; None: it is not loaded.

    What passing packets change is left out: counters, and what is in a dynamic set.
    """
    nft = shutil.which("nft", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not nft:
        return None
    listing = subprocess.run([nft, "-s", "list", "table", *name.split()], capture_output=True, check=False)
    return hashlib.sha256(_standing(listing.stdout)).hexdigest() if listing.returncode == 0 else None


def _standing(listing: bytes) -> bytes:
    r"""Return what `nft list table` says, without the elements of sets that packets fill.

    >>> _standing(b"\tset s {\n\t\tflags dynamic\n\t\telements = { 0,\n\t\t\t     1 }\n\t}\n")
    b'\tset s {\n\t\tflags dynamic\n\t}\n'
    """
    return DYNAMIC_SET.sub(lambda found: ELEMENTS.sub(b"", found[0]), listing)


def drift(receipt: dict[str, Any], deep: bool = False) -> list[dict[str, Any]]:
    """Return `[{"kind": "file", "name": path, "found": "missing"}]` for all that is not as the receipt says.

    A model's blob is hashed anew where its stamp has changed; `deep`: in any case.
    """
    found = []
    roles = receipt["roles"].values()
    units = {unit["name"]: unit for left in roles for unit in left.get("units", [])}
    ours = {file["path"] for left in roles for file in left.get("files", [])}
    seen = units_seen(list(units))
    comparisons = {
        "users": ("user", "name", _user),
        "folders": ("folder", "path", _folder),
        "files": ("file", "path", _file),
        "links": ("link", "path", _link),
        "tables": ("firewall", "name", _table),
    }
    for left in roles:
        for part, (kind, key, compare) in comparisons.items():
            found += [_finding(kind, item[key], compare(item)) for item in left.get(part, [])]
        for model in left.get("models", []):
            found += _model(model, left, deep)
    found += [_finding("unit", name, _unit(unit, seen.get(name, {}), ours)) for name, unit in units.items()]
    return [finding for finding in found if finding["found"]]


def _finding(kind: str, name: str, found: str) -> dict[str, Any]:
    return {"kind": kind, "name": name, "found": found}


def _user(left: dict[str, Any]) -> str:
    with contextlib.suppress(KeyError):
        return "" if pwd.getpwnam(left["name"]) else "missing"
    return "missing"


def _attributes(left: dict[str, Any]) -> str:
    seen = attributes(left["path"])
    differ = [key for key in ("mode", "owner", "group") if seen[key] != left[key]]
    return ", ".join(f"{key} {seen[key]}, expected {left[key]}" for key in differ)


def _folder(left: dict[str, Any]) -> str:
    behind = {**left, "path": os.path.realpath(left["path"])}  # a store may be a link to another disk
    return _attributes(behind) if os.path.isdir(left["path"]) else "missing"


def _file(left: dict[str, Any]) -> str:
    path = left["path"]
    if not os.path.lexists(path):
        return "missing"
    if os.path.islink(path) or not os.path.isfile(path):
        return "not a file any more"
    is_secret = "sha256" not in left  # what it holds is nobody's business here
    edited = "its content was changed" if not is_secret and file_hash(path) != left["sha256"] else ""
    return ", ".join(filter(None, [edited, _attributes(left)]))


def _link(left: dict[str, Any]) -> str:
    if not os.path.islink(left["path"]):
        return "not a link any more" if os.path.exists(left["path"]) else "missing"
    to = os.readlink(left["path"])
    if to != left["to"]:
        return f"leads to {to}, expected {left['to']}"
    changed = changed_in_release(left["path"])
    if changed:
        return f"{changed} in it was changed"
    started = left.get("release")  # receipts of older kits do not say which one it was
    if started and started != release_hash(left["path"]):
        return "the release in it was brought anew, and what runs is of the old one"
    return ""


def changed_in_release(folder: str) -> str:
    """Return the first file of an unpacked release that is not as it was unpacked; empty: none, or no release."""
    try:
        with open(os.path.join(folder, MARK), encoding="utf-8") as file:
            unpacked = json.load(file)["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return next((name for name, left in unpacked.items() if _unpacked(os.path.join(folder, name)) != left), "")


def _unpacked(path: str) -> list[Any]:
    """Return where a link leads, else the stamp of a file; empty: it is not there."""
    try:
        return [os.readlink(path)] if os.path.islink(path) else stamp(path)
    except OSError:
        return []


def _unit(left: dict[str, Any], seen: dict[str, Any], ours: set[str]) -> str:
    if seen.get("LoadState") in (None, "not-found"):
        return "missing"
    says = [seen["LoadState"]] if seen["LoadState"] != "loaded" else []
    wanted = {"started": ["active"], "stopped": ["inactive", "failed"]}.get(left["state"])  # "any" is any
    if wanted and seen["ActiveState"] not in wanted:
        says.append(f"{seen['ActiveState']} ({seen['SubState']}), expected {left['state']}")
    if (seen["UnitFileState"] == "enabled") != left["enabled"]:
        says.append(f"{seen['UnitFileState']}, expected {'enabled' if left['enabled'] else 'disabled'}")
    if seen["NeedDaemonReload"] == "yes":
        says.append("its file was changed and systemd has not read it")
    says += [f"{path} overrides it" for path in foreign_drop_ins(seen, ours)]
    if left.get("sealed"):
        says.append(unsealed(seen))
    return ", ".join(filter(None, says))


def unsealed(seen: dict[str, Any]) -> str:
    """Return what a running service's network holds beside loopback; empty: it is sealed, or does not run yet."""
    try:
        # systemd enters the unit's network in the process that becomes its program, just before it does.
        program = os.readlink(f"/proc/{seen['MainPID']}/exe")
        if os.path.basename(program) in ("systemd", "systemd-executor"):
            return ""
        others = [name for name in interfaces(seen["MainPID"]) if name != "lo"]
    except OSError:
        return ""
    return f"its network holds {', '.join(others)}, expected lo alone" if others else ""


def _table(left: dict[str, Any]) -> str:
    now = table_hash(left["name"])
    return "gone" if now is None else "" if now == left["sha256"] else "its rules were changed"


def _model(left: dict[str, Any], role: dict[str, Any], deep: bool) -> list[dict[str, Any]]:
    found = []
    if not os.path.isfile(left["manifest_path"]):
        found.append(_finding("model", left["name"], "its manifest is missing"))
    elif file_hash(left["manifest_path"]) != left["digest"]:
        found.append(_finding("model", left["name"], "its manifest was changed"))
    for blob in left["blobs"]:
        path = os.path.join(role["store"], "blobs", f"sha256-{blob['digest']}")
        found.append(_finding("blob", f"{left['name']} sha256:{blob['digest']}", _blob(blob, path, role, deep)))
    return found


def _blob(left: dict[str, Any], path: str, role: dict[str, Any], deep: bool) -> str:
    try:
        now = stamp(path)
    except FileNotFoundError:
        return "missing"
    if now == left["stamp"] and not deep:
        return ""
    owner = attributes(path)["owner"]
    if owner != role["owner"]:
        return f"owner {owner}, expected {role['owner']}"
    if now[0] != left["size"]:
        return f"{now[0]} bytes, expected {left['size']}"
    return "its bytes were changed" if file_hash(path) != left["digest"] else ""


def look(deep: bool = False, path: str = PATH) -> dict[str, Any]:
    """Return `{"receipt": {"kit", "complete", "salt", "inputs", "managed", "sha256"} or None, "drift": […]}`."""
    receipt = read(path)
    if receipt is None:
        foreign = os.path.exists(path)
        return {"receipt": None, "drift": [_finding("file", path, "not a receipt any more")] if foreign else []}
    summary = {key: receipt[key] for key in ("kit", "complete", "salt", "inputs")}
    summary["sha256"] = file_hash(path)
    return {"receipt": {**summary, "managed": receipt["roles"]}, "drift": drift(receipt, deep)}


if __name__ == "__main__" and sys.argv[1:2] == ["look"]:
    print(json.dumps(look(deep="--deep" in sys.argv)))  # noqa: T201 - this is what the script is for
