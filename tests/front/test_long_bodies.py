"""A body of 400 MB to the log-in page, through the gateway: refused in words, held by nobody, noticed by nobody."""

import subprocess
import threading

import pytest

from llamakeep_lab import front

pytestmark = pytest.mark.lab

CHAT = f"https://chat.{front.DOMAIN}"
BODY = "head -c 400000000 /dev/zero"
LOG_IN = "/api/v1/auths/signin"


@pytest.fixture
def curl(fleet):
    """Ask the chat by its gateway, from the control node: `curl(words, path)` returns what was said, and the status."""
    place = f"--resolve chat.{front.DOMAIN}:443:{fleet.host('gateway1').address4}"
    known = f"{place} --cacert {fleet.inventory / '.ca' / 'root.crt'}"

    def run(words, path, body=""):
        asks = f"curl -s -m 120 {known} -H 'Content-Type: application/json' -w '\\n%{{http_code}}' {words} {CHAT}{path}"
        said = subprocess.run(["bash", "-c", f"{body} {asks}"], capture_output=True, text=True, check=False).stdout
        return said.rpartition("\n")[::2]

    return run


def held(fleet):
    """Return the number of the chat's process, and the most that it has held, in KiB."""
    script = "P=$(systemctl show -P MainPID open-webui); echo $P; awk '/^VmHWM/ {print $2}' /proc/$P/status"
    pid, most = fleet.host("chat1").exec(["bash", "-c", script]).stdout.split()
    return pid, int(most)


@pytest.mark.parametrize("version", ["--http2", "--http1.1"])
@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [("-X POST -T -", "411", "Content-Length"), ("-H 'Expect:' --data-binary @-", "413", "33554432")],
    ids=["of unknown length", "that says how long it is"],
)
def test_400_megabytes_for_the_log_in_page_are_refused(fleet, curl, version, sent, status, words):
    pid, before = held(fleet)
    said = []
    sender = threading.Thread(target=lambda: said.append(curl(f"{version} {sent}", LOG_IN, f"{BODY} |")))
    sender.start()
    while sender.is_alive():
        assert curl(version, "/health")[1] == "200"
    assert said[0][1] == status
    assert words in said[0][0]
    still, after = held(fleet)
    assert (still, after - before < 20_000) == (pid, True)


@pytest.mark.parametrize("version", ["--http2", "--http1.1"])
def test_requests_without_a_body_are_asked_for_no_length(curl, version):
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert curl(f"{version} -X {method}", "/api/v1/auths/")[1] in ("401", "403", "405")
