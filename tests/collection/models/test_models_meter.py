"""How far a run is can be read by anyone, and two runs of a kind do not meet."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import meter
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root's runs are watched")


def read(host):
    return json.loads((host / "run/models.json").read_text())


def test_progress_is_one_json_object_that_everyone_may_read(host):
    with meter.Meter("models", "job 1") as going:
        going.begin(4_000_000)
        going.at("mistral:7b", "http://192.0.2.1:5000")
        going.add(1_000_000)
        until = time.monotonic() + 5
        while not (host / "run/models.json").exists() or not read(host)["rate"]:
            assert time.monotonic() < until
            time.sleep(0.05)
            going.add(1000)
        seen = read(host)
        assert {key: seen[key] for key in ("job", "stage", "what", "total", "source")} == {
            "job": "job 1",
            "stage": "models",
            "what": "mistral:7b",
            "total": 4_000_000,
            "source": "http://192.0.2.1:5000",
        }
        assert seen["done"] >= 1_000_000
        assert (host / "run/models.json").stat().st_mode & 0o777 == 0o644
    assert list((host / "run").iterdir()) == []


def test_a_second_run_of_the_same_is_refused(host, monkeypatch):
    monkeypatch.setattr(meter, "_PATIENCE", 0.1)
    with meter.Meter("models"), pytest.raises(Refusal, match="another run is doing the same on this host"):
        meter.Meter("models").__enter__()


def test_a_second_run_waits_for_one_that_ends(host):
    first = meter.Meter("models")
    first.__enter__()
    threading.Timer(0.3, first.__exit__).start()
    with meter.Meter("models", "second"):
        assert read(host)["job"] == "second"


def test_a_run_that_nobody_waits_for_notices(tmp_path):
    script = (
        "import sys, time\n"
        "from ansible_collections.llamakeep.fleet.plugins.module_utils import meter\n"
        f"meter.FOLDER, meter._TICK = {str(tmp_path)!r}, 0.05\n"
        "with meter.Meter('models') as going:\n"
        "    until = time.monotonic() + 10\n"
        "    while not going.is_left_alone() and time.monotonic() < until: time.sleep(0.05)\n"
        "    sys.exit(7 if going.is_left_alone() else 1)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    time.sleep(0.5)
    assert run.poll() is None
    run.stdout.close()
    assert run.wait(timeout=10) == 7
