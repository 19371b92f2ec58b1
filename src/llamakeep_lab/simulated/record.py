"""Ask a host of the lab, with each GPU in turn, and keep its answers: `python -m llamakeep_lab.simulated.record`.

To be done again whenever observe asks something new, with a lab that `llamakeep up` has been through.
"""

import argparse
import re
import subprocess

import llamakeep_lab as lab
from llamakeep.observe import script
from llamakeep.observe.asking import usual
from llamakeep.observe.looking import FACTS
from llamakeep_lab import dress
from llamakeep_lab.inventory import KEYS
from llamakeep_lab.name import DEFAULT
from llamakeep_lab.simulated.answers import FOLDER, GPUS

_HOST = "llm1"


def answer(rehearsal: lab.Lab) -> str:
    """Return what the host answers now; the kernel of this machine is nobody's business."""
    ssh = rehearsal.inventory / KEYS
    known = ["-o", f"UserKnownHostsFile={ssh / 'known_hosts'}", "-o", "BatchMode=yes", "-i", str(ssh / "id_ed25519")]
    done = subprocess.run(
        ["ssh", *known, f"root@{rehearsal.host(_HOST).address4}", "/bin/sh"],
        input=script.script(FACTS, usual()),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return re.sub(r"(?m)^release=.*$", "release=6.12.57+deb13-amd64", done.stdout)


def main() -> None:
    """Record, and leave the lab as it was."""
    parser = argparse.ArgumentParser(prog="python -m llamakeep_lab.simulated.record", description=__doc__)
    parser.add_argument("--name", default=DEFAULT, help="which lab")
    rehearsal = lab.attach(parser.parse_args().name)
    played = str(dress.seen(rehearsal.host(_HOST).container)["gpu"])
    try:
        for gpu in GPUS:
            rehearsal.simulate(_HOST, gpu)
            (FOLDER / f"{gpu}.txt").write_text(answer(rehearsal), encoding="ascii")
    finally:
        rehearsal.simulate(_HOST, played)


if __name__ == "__main__":
    main()
