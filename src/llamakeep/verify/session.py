"""Verifying a fleet: the suite runs in a process of its own and leaves a verdict."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

import llamakeep
from llamakeep import observe
from llamakeep.errors import Refusal
from llamakeep.inventory import packed
from llamakeep.inventory.fleet import Fleet
from llamakeep.plan.compare import without_misfits
from llamakeep.plan.left_out import in_question, may_leave_out
from llamakeep.verify import ca
from llamakeep.verify.check import Verdict

SUITE = Path(__file__).parent / "suite"


def run(fleet: Fleet, deep: bool = False, only: Collection[str] | None = None) -> Verdict:
    """Check every claim on every host of the fleet, or on those named in `only`; the others still probe."""
    began = time.monotonic()
    fleet = _without_misfits(fleet, only)
    with tempfile.TemporaryDirectory(prefix="llamakeep-verify-") as folder:
        answer = Path(folder) / "verdict.json"
        root = Path(folder) / "root.crt"
        root.write_text(ca.root_of(fleet.inventory), encoding="ascii")
        options = [*_options(answer, deep, only), f"--llamakeep-root={root}"]
        said = _run(packed.pack(fleet), options)
        if not answer.is_file():
            raise Refusal(
                "verify",
                f"the suite could not run: {_last_line(said)}",
                id="verify-suite-failed",
                remedy="report this with the record of `llamakeep show --json`, without your secrets",
            )
        verdict = Verdict.model_validate_json(answer.read_bytes())
    return verdict.model_copy(update={"seconds": round(time.monotonic() - began, 3)})


def _without_misfits(fleet: Fleet, only: Collection[str] | None) -> Fleet:
    """Return the fleet without the models that its hosts do not get; only who may leave one out is looked at."""
    hosts = tuple(host for host in may_leave_out(fleet) if only is None or host.name in only)
    hosts += in_question(fleet, only) if only is not None else ()
    if not hosts:
        return fleet
    return without_misfits(fleet, observe.look(fleet.model_copy(update={"hosts": hosts})))


def _run(fleet: bytes, options: list[str]) -> str:
    """Run the suite with the fleet in a pipe; return what pytest printed."""
    reader, writer = os.pipe()
    command = [sys.executable, "-P", "-m", "pytest", str(SUITE), "-q", "--tb=no", "--assert=plain", "-c", os.devnull]
    command += [f"--rootdir={SUITE.parent.parent}", "-p", "no:cacheprovider", "-p", "testinfra.plugin"]
    with subprocess.Popen(
        [*command, f"--llamakeep-fleet=/dev/fd/{reader}", *options],
        env=_environment(),
        pass_fds=(reader,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        os.close(reader)
        with contextlib.suppress(BrokenPipeError), os.fdopen(writer, "wb") as pipe:
            pipe.write(fleet)
        return process.communicate()[0]


def _options(answer: Path, deep: bool, only: Collection[str] | None) -> list[str]:
    options = [f"--llamakeep-verdict={answer}"]
    if deep:
        options.append("--llamakeep-deep")
    if only is not None:
        options.append(f"--llamakeep-only={','.join(sorted(only))}")
    return options


def _environment() -> dict[str, str]:
    """Return ours, without what would bend pytest: the operator's own options and plugins."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    here = str(Path(llamakeep.__file__).parent.parent)
    return kept | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH", "")))),
    }


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"
