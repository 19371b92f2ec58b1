#!/usr/bin/python3
"""nvidia-smi of a lab host: replays what real ones print. The GPU is SIMULATED (llamakeep lab)."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

PLAYED = Path("/usr/lib/llamakeep-lab/gpu.json")
UNITS = {"memory": "MiB", "power": "W", "utilization": "%", "fan": "%"}
ALIASES = {"gpu_name": "name", "gpu_uuid": "uuid", "gpu_bus_id": "pci.bus_id"}
REFUSED = "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n"


def unit(field: str) -> str:
    """Return the unit of a field, as real ones print it."""
    return UNITS.get(field.split(".", maxsplit=1)[0], "")


def cell(board: dict[str, str], field: str, plain: bool) -> str:
    """Return one value; a number has its unit behind it unless `nounits` was asked for."""
    value = board[ALIASES.get(field, field)]
    number = value.replace(".", "", 1).isdigit()
    return f"{value} {unit(field)}" if number and unit(field) and not plain else value


def query(played: dict[str, Any], fields: list[str], style: list[str]) -> tuple[str, int]:
    """Answer --query-gpu: (text, exit code). The first field that is unknown spoils the whole query."""
    boards = [{**board, "count": str(len(played["gpus"]))} for board in played["gpus"]]
    for field in fields:
        if ALIASES.get(field, field) not in boards[0] or field in played["rejects"]:
            return f'Field "{field}" is not a valid field to query.\n\n', 2
    rows = [[cell(board, field, "nounits" in style) for field in fields] for board in boards]
    if "noheader" not in style:
        rows.insert(0, [f"{field} [{unit(field)}]" if unit(field) else field for field in fields])
    return limited("".join(", ".join(row) + "\n" for row in rows), played)


def limited(text: str, played: dict[str, Any]) -> tuple[str, int]:
    """Return a text behind the complaint about a board that is lost, where one is."""
    lost = played.get("lost")
    return (f"{lost['words']}\n{text}", lost["exit"]) if lost else (text, 0)


def listing(played: dict[str, Any]) -> str:
    """Answer -L: boards, and the slices that each of them is cut into."""
    text = ""
    for board in played["gpus"]:
        text += f"GPU {board['index']}: {board['name']} (UUID: {board['uuid']})\n"
        for n, part in enumerate(played.get("slices", [])):
            uuid = f"MIG-00000000-0000-0000-{int(board['index']):04d}-{n:012d}"
            text += f"  MIG {part['name']:<11} Device {n:>2}: (UUID: {uuid})\n"
    return text


def document(played: dict[str, Any]) -> str:
    """Answer -q -x, as far as the memory of boards and slices."""
    text = '<?xml version="1.0" ?>\n<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">\n<nvidia_smi_log>\n'
    text += f"\t<driver_version>{played['driver']}</driver_version>\n"
    for board in played["gpus"]:
        text += f'\t<gpu id="{board["pci.bus_id"]}">\n\t\t<product_name>{board["name"]}</product_name>\n'
        text += "\t\t<mig_devices>\n"
        for n, part in enumerate(played.get("slices", [])):
            text += f"\t\t\t<mig_device>\n\t\t\t\t<index>{n}</index>\n\t\t\t\t<fb_memory_usage>\n"
            text += f"\t\t\t\t\t<total>{part['memory']} MiB</total>\n\t\t\t\t</fb_memory_usage>\n"
            text += "\t\t\t\t<bar1_memory_usage>\n\t\t\t\t\t<total>32767 MiB</total>\n"
            text += "\t\t\t\t</bar1_memory_usage>\n\t\t\t</mig_device>\n"
        text += "\t\t</mig_devices>\n\t\t<fb_memory_usage>\n"
        text += f"\t\t\t<total>{board['memory.total']} MiB</total>\n\t\t</fb_memory_usage>\n\t</gpu>\n"
    return text + "</nvidia_smi_log>\n"


def answer(played: dict[str, Any], arguments: list[str]) -> tuple[str, int]:
    """Return what a call with these arguments prints on stdout, and its exit code."""
    if "fails" in played:
        return played["fails"]["stdout"], played["fails"]["exit"]
    boards = played["gpus"]
    options = dict(argument.partition("=")[::2] for argument in arguments)
    style = options.get("--format", "").split(",")
    if arguments in (["-L"], ["--list-gpus"]):
        return limited(listing(played), played)
    if set(arguments) == {"-q", "-x"}:
        return document(played), 0
    if set(options) == {"--query-gpu", "--format"} and style[0] == "csv":
        return query(played, options["--query-gpu"].split(","), style)
    if set(options) == {"--query-compute-apps", "--format"}:
        return "", 0
    if not arguments:
        head = f"NVIDIA-SMI {played['driver']} (SIMULATED by llamakeep lab)\n"
        return head + "".join(f"GPU {b['index']}  {b['name']}  {b['memory.total']} MiB\n" for b in boards), 0
    return REFUSED, 1


if __name__ == "__main__":
    part = json.loads(PLAYED.read_text(encoding="utf-8"))
    if part.get("fails", {}).get("hangs"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a driver that is stuck heeds no signal at all
        while True:
            time.sleep(3600)
    text, code = answer(part, sys.argv[1:])
    sys.stdout.write(text)
    sys.exit(code)
