#!/usr/bin/python
"""Bring one release archive to this host, and unpack it when it is the right one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: archive
short_description: Brings a release into a folder of its own, verified before it is unpacked
description:
  - Downloads an archive (resumed where an earlier run ended), compares its sha256, and only then unpacks it,
    beside the folder that it is for; the folder takes its name when all of it is there. Until then, and when
    anything fails, whatever release is in use stays as it is.
  - When it brings a release, it removes older ones of its own making, but for the one that is in use.
options:
  url: {type: str, required: true, description: Where the archive is; C(http), C(https), or C(file) on the host}
  sha256: {type: str, required: true, description: Sha256 (hex) of the archive}
  size: {type: int, default: 0, description: Bytes of the archive; 0 where it is not known}
  dest: {type: path, required: true, description: Folder that becomes the release}
  current: {type: path, default: "", description: Link to the release in use, which stays whatever comes}
  cache: {type: path, default: /var/cache/llamakeep, description: Where the archive lies while it comes}
  timeout: {type: float, default: 30, description: Seconds without a byte after which the source counts as dead}
  option: {type: str, default: ollama_archive_url, description: The variable of the inventory that names another one}
  job: {type: str, default: "", description: Set by the action; marks this run's progress file}
attributes:
  check_mode: {support: full}
  diff_mode: {support: full}
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Install the locked release next to the current one
  llamakeep.fleet.archive:
    url: https://mirror.example/ollama-linux-amd64.tar.zst
    sha256: c238986e61d40c0cc5f4a9b9e40b9eea104350b77efa34741fc134e105cb9533
    size: 1427703051
    dest: /opt/llamakeep/ollama/0.34.4
    current: /opt/llamakeep/ollama/current
"""

RETURN = r"""
received: {type: int, returned: always, description: Bytes that came over the network}
resumed: {type: int, returned: always, description: Bytes of an earlier, broken-off run that were used}
removed: {type: list, returned: always, description: Older releases that were removed}
refusals:
  description: What was refused, each with C(id), C(place), C(found), C(expected) and C(remedy).
  type: list
  elements: dict
  returned: on failure
"""

import contextlib
import hashlib
import os
import re
import shutil
import urllib.parse
from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt, space
from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from ansible_collections.llamakeep.fleet.plugins.module_utils.meter import Meter
from ansible_collections.llamakeep.fleet.plugins.module_utils.partial import CHUNK, DiskFull, Partial, Stopped
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals
from ansible_collections.llamakeep.fleet.plugins.module_utils.release import Release
from ansible_collections.llamakeep.fleet.plugins.module_utils.route import shown
from ansible_collections.llamakeep.fleet.plugins.module_utils.sources import Source, Unavailable, bring

_ARGUMENTS = {
    "url": {"type": "str", "required": True},
    "sha256": {"type": "str", "required": True},
    "size": {"type": "int", "default": 0},
    "dest": {"type": "path", "required": True},
    "current": {"type": "path", "default": ""},
    "cache": {"type": "path", "default": "/var/cache/llamakeep"},
    "timeout": {"type": "float", "default": 30},
    "option": {"type": "str", "default": "ollama_archive_url"},
    "job": {"type": "str", "default": ""},
}
# How many times its own size an archive takes when it is unpacked: an estimate on the safe side.
_GROWTH = 3


def main() -> None:
    """Bring the release, unless it is here and whole."""
    module = AnsibleModule(argument_spec=_ARGUMENTS, supports_check_mode=True)
    want = module.params
    result: dict[str, Any] = {"changed": False, "received": 0, "resumed": 0, "removed": []}
    try:
        _check(want)
        release = Release(want["dest"])
        fault = release.fault(want["sha256"])
        if fault:
            _foretell(want, release, fault, result)
        if fault and not module.check_mode:
            receipt.begin()
            with Meter("archive", want["job"]) as meter:
                _install(want, release, module.get_bin_path("zstd"), meter, result)
            for path in result["removed"]:
                shutil.rmtree(path)
    except Refusal as refusal:
        module.fail_json(**refusal.failure, **{**result, "changed": False, "removed": []})
    except OSError as error:
        module.fail_json(msg=_disk_said(error, want), **{**result, "changed": False, "removed": []})
    module.exit_json(**result)


def _check(want: dict[str, Any]) -> None:
    """Refuse an address or a hash that cannot be one, before anything is asked."""
    if not re.fullmatch(r"[0-9a-f]{64}", want["sha256"]):
        raise Refusal(
            f"sha256 of {shown(want['url'])}",
            f"is {want['sha256']!r}",
            id="sha256-invalid",
            expected="64 hexadecimal digits in lower case",
            remedy="take it from the release's own list of sha256 sums",
        )
    if not want["url"].startswith(("http://", "https://", "file:///")):
        raise Refusal(
            want["url"],
            "is no address that can be fetched",
            id="archive-url-invalid",
            expected="http://…, https://…, or file:///… for a file on the host itself",
            remedy=f"correct {want['option']}, or the lock",
        )


def _foretell(want: dict[str, Any], release: Release, fault: str, result: dict[str, Any]) -> None:
    """Say what is to come and what goes, and refuse what does not fit on the disk."""
    result["changed"] = True
    result["removed"] = release.outdated(want["current"])
    size = f", {readable(want['size'])}" if want["size"] else ""
    lines = [f"+ {release.path}  from {shown(want['url'])}{size} ({fault})"]
    lines += [f"- {path}  older than the release in use" for path in result["removed"]]
    result["diff"] = {"prepared": "".join(f"{line}\n" for line in lines)}
    download = _length(_on_host(want)) if _on_host(want) else want["size"] - _kept(want)
    needs = [
        {"path": want["cache"], "bytes": download, "why": "the archive"},
        {"path": release.path, "bytes": _GROWTH * want["size"], "why": "what it unpacks to"},
    ]
    refusals = space.refusals(needs)
    if refusals:
        raise Refusals(refusals)


def _install(want: dict[str, Any], release: Release, zstd: str, meter: Meter, result: dict[str, Any]) -> None:
    name = os.path.basename(urllib.parse.urlsplit(want["url"]).path)
    os.makedirs(want["cache"], mode=0o700, exist_ok=True)
    archive = _partial(want)
    _drop_others(want["cache"], archive)
    if _on_host(want):
        meter.begin(os.stat(_on_host(want)).st_size)
        meter.at(name, "this host")
        try:
            _copy(_on_host(want), archive, want, meter)
            release.install(archive, want["sha256"], zstd)
        except Refusal as refusal:
            place = refusal.place.replace(archive, _on_host(want))  # the operator knows no copy
            raise refusal.but(place=place) from refusal
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(archive)
        return
    meter.begin(want["size"])
    with Partial(archive, meter.add, meter.is_left_alone) as partial:
        try:
            _download(want, partial, lambda source: meter.at(name, source))
        finally:
            result.update(received=partial.received, resumed=partial.resumed)
    meter.at(f"unpacking {name}")
    release.install(archive, want["sha256"], zstd)
    os.unlink(archive)


def _download(want: dict[str, Any], partial: Partial, on_source: Callable[[str], None]) -> None:
    """Fill the partial until its sha256 is the expected one."""
    sources = [Source(shown(want["url"]), want["url"])]
    try:
        bring(partial, want["sha256"], want["size"], sources, want["timeout"], on_source)
    except Unavailable as error:
        if error.found:
            raise _wrong(shown(want["url"]), error.found, want["sha256"]) from error
        raise Refusal(
            shown(want["url"]),
            f"{next(iter(error.said.values()))}; {error.kept} bytes are kept in {want['cache']}",
            id="archive-unavailable",
            expected=f"the archive with sha256 {want['sha256']}",
            remedy=f"run again when the address answers: it goes on from there; or set {want['option']}",
        ) from error
    except DiskFull as error:
        raise Refusal(
            want["cache"],
            f"less than {readable(space.RESERVE)} are left on this disk; {partial.length} bytes are kept there",
            id="disk-full",
            remedy="make room and run again: it goes on from there; the release in use still serves",
        ) from error
    except Stopped as error:
        found = f"stopped after {partial.length} bytes, as nobody waits for it any more"
        raise Refusal(
            shown(want["url"]), found, id="download-stopped", remedy="run again: it goes on from there"
        ) from error


def _copy(archive: str, copy: str, want: dict[str, Any], meter: Meter) -> None:
    """Copy an archive to where nobody else can write: what is hashed is what is unpacked."""
    digest = hashlib.sha256()
    if os.path.lexists(copy):
        os.unlink(copy)
    new = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(new, "wb") as kept, open(archive, "rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            digest.update(chunk)
            kept.write(chunk)
            meter.add(len(chunk))
    if digest.hexdigest() != want["sha256"]:
        raise _wrong(archive, digest.hexdigest(), want["sha256"])


def _wrong(place: str, found: str, expected: str) -> Refusal:
    return Refusal(
        place,
        f"its sha256 is {found}",
        id="archive-digest-mismatch",
        expected=expected,
        remedy="nothing was unpacked, the release in use still serves; find out what was changed: archive or lock",
    )


def _partial(want: dict[str, Any]) -> str:
    """Return where the archive lies while it comes; its ending says how it is packed."""
    path = urllib.parse.urlsplit(want["url"]).path
    kinds = {".zst": (".zst", ".tzst"), ".deb": (".deb",), ".AppImage": (".AppImage",)}
    ending = next((kind for kind, endings in kinds.items() if path.endswith(endings)), ".tgz")
    return os.path.join(want["cache"], f"{want['sha256']}{ending}")


def _on_host(want: dict[str, Any]) -> str:
    """Return the path of an archive that lies on the host already; empty: it has to come."""
    parts = urllib.parse.urlsplit(want["url"])
    return urllib.parse.unquote(parts.path) if parts.scheme == "file" else ""


def _kept(want: dict[str, Any]) -> int:
    return min(_length(_partial(want)), int(want["size"]))


def _length(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _drop_others(cache: str, archive: str) -> None:
    """Remove what is left of archives that nobody waits for any more."""
    for name in os.listdir(cache):
        path = os.path.join(cache, name)
        if path != archive and not os.path.isdir(path):  # folders in there are other modules' own
            os.unlink(path)


def _disk_said(error: OSError, want: dict[str, Any]) -> str:
    return f"{error.filename or want['dest']}: {error.strerror or error}; the release in use is as it was"


if __name__ == "__main__":
    main()
