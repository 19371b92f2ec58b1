"""The role on a host: bare, converged, with another key, with options that cannot work."""

import datetime
import threading
import time

import pytest

from hanging import hang

from .conftest import KEY, sha256

pytestmark = pytest.mark.lab


@pytest.fixture
def wiped(bare):
    """The host as it was before other tests of this folder converged it, which find it converged again."""
    bare.wipe()
    yield bare
    assert bare.converge().code == 0


def test_a_check_of_a_bare_host_says_all_and_does_nothing(wiped):
    done = wiped.converge("--check", "--diff")
    assert done.code == 0, done.text
    assert "/etc/llamakeep/gateway/haproxy.cfg" in done.text
    assert wiped.sh("ls /etc/llamakeep/gateway /etc/systemd/system/llamakeep-gateway.service", check=False) == ""


def test_a_second_run_changes_nothing(converged):
    before = converged.sh("sha256sum /var/lib/llamakeep/receipt.json; systemctl show -P MainPID llamakeep-gateway")
    again, check = converged.converge(), converged.converge("--check", "--diff")
    assert (again.changed, check.changed) == (0, 0), again.text + check.text
    after = converged.sh("sha256sum /var/lib/llamakeep/receipt.json; systemctl show -P MainPID llamakeep-gateway")
    assert after == before


def test_it_is_hardened_runs_without_rights_and_its_reader_is_sealed(converged):
    for unit, most in (("llamakeep-gateway", 1.5), ("llamakeep-gateway-reader", 0.6)):
        said = converged.sh(f"systemd-analyze security --no-pager {unit} | tail -1")
        assert float(said.split(":")[1].split()[0]) <= most, said
        owner = converged.sh(f"ps -o user:30= -p $(systemctl show -P MainPID {unit})")
        assert owner == "llamakeep-gateway"
    seen = converged.sh("tail -n +3 /proc/$(systemctl show -P MainPID llamakeep-gateway-reader)/net/dev | cut -d: -f1")
    assert seen.split() == ["lo"]


@pytest.mark.parametrize("stopped", ["llamakeep-gateway.socket llamakeep-gateway.service", "llamakeep-gateway.socket"])
def test_what_was_stopped_by_hand_runs_again(gateway, stopped):
    gateway.sh(f"systemctl stop {stopped}")
    assert gateway.converge().changed
    assert gateway.sh("systemctl is-active llamakeep-gateway.socket llamakeep-gateway.service") == "active\nactive"


def test_one_that_hangs_is_restarted(gateway):
    hang(gateway.machine, "llamakeep-gateway.service")
    done = gateway.converge()
    assert (done.code, done.changed > 0) == (0, True), done.text
    assert gateway.ask("/api/tags").status == 200
    assert gateway.converge().changed == 0


def test_another_key_costs_a_reload_that_cuts_no_answer(gateway):
    answers = []
    body = {"model": "both:1b", "stream": True, "wait": 60}
    asking = threading.Thread(target=lambda: answers.append(gateway.ask("/api/chat", body)))
    asking.start()
    time.sleep(1)
    keys = {**gateway.settings["gateway_keys"], "new": {"sha256": sha256("lk_new")}}
    pid = gateway.sh("systemctl show -P MainPID llamakeep-gateway")
    assert gateway.ask("/api/tags", key="lk_new").status == 401
    done = gateway.converge(gateway_keys=keys)
    assert done.code == 0, done.text
    assert gateway.ask("/api/tags", key="lk_new").status == 200
    assert asking.is_alive(), "the answer ended before the reload: the test shows nothing"
    asking.join()
    assert answers[0].text.splitlines()[-1] == '{"part": 19, "done": true}'
    assert gateway.sh("systemctl show -P MainPID llamakeep-gateway") == pid
    assert gateway.converge().code == 0
    assert gateway.ask("/api/tags", key="lk_new").status == 401


def test_an_old_key_is_good_until_its_last_day_is_over(gateway):
    left = 86400 - time.time() % 86400
    if left < 120:  # the day must not end while the test takes place
        time.sleep(left + 1)
    day = datetime.datetime.now(datetime.UTC).date()
    previous = [
        {"sha256": sha256("lk_over"), "until": (day - datetime.timedelta(days=1)).isoformat()},
        {"sha256": sha256("lk_today"), "until": day.isoformat()},
    ]
    ann = {**gateway.settings["gateway_keys"]["ann"], "previous": previous}
    done = gateway.converge(gateway_keys={"ann": ann})
    assert done.code == 0, done.text
    asked = {key: gateway.ask("/api/tags", key=key).status for key in (KEY, "lk_today", "lk_over")}
    assert asked == {KEY: 200, "lk_today": 200, "lk_over": 401}
    assert gateway.converge().code == 0


def test_a_port_that_someone_holds_is_refused_by_the_programs_name(converged):
    converged.sh("systemd-run --quiet --collect --unit holder python3 -m http.server 4443; sleep 1")
    try:
        done = converged.converge("--check", gateway_https_port=4443)
        assert done.code != 0
        assert "port 4443: python3" in done.text
    finally:
        converged.sh("systemctl stop holder")


def test_options_that_cannot_work_are_refused_all_at_once(converged):
    done = converged.converge("--check", gateway_domain="", gateway_rate=0)
    assert done.code != 0
    assert "gateway_domain: is not set" in done.text
    assert "gateway_rate: 0 is out of bounds" in done.text


def test_its_key_stands_nowhere_on_the_host(gateway):
    assert gateway.ask("/api/tags").status == 200
    assert gateway.ask("/api/tags", key="lk_unknown-but-secret").status == 401
    found = gateway.sh(f"grep -rlE '{KEY}|unknown-but-secret' /etc/llamakeep /var/lib/llamakeep /run/log", check=False)
    assert found == ""
    assert "unknown-but-secret" not in gateway.journal()
