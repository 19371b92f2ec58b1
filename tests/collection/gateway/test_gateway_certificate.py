"""The gateway's certificate on a host: given or from the internal CA, refused by words, changed without a cut."""

import datetime
import threading
import time

import pytest

from .conftest import certificate

pytestmark = pytest.mark.lab
INTERNAL = {"gateway_certificate": "internal", "gateway_certificate_and_key": ""}
PRESENT = "/etc/llamakeep/gateway/certificate.pem"


def day(count):
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=count)


def test_one_that_will_not_do_is_refused_by_words_before_anything_is_changed(gateway):
    before = gateway.sh(f"sha256sum {PRESENT}")
    own, other = gateway.pem.partition("-----BEGIN PRIVATE"), certificate()[0].partition("-----BEGIN PRIVATE")
    refused = {
        "holds no certificate that can be read": "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n",
        "its certificate ended on": certificate(ends=day(-1))[0],
        "its certificate is for api.other.example, chat.other.example": certificate(domain="other.example")[0],
        "its key belongs to another certificate": own[0] + other[1] + other[2],
        "its key cannot be read": gateway.pem.replace("PRIVATE KEY-----\nM", "PRIVATE KEY-----\n*M", 1),
        "is empty, and gateway_certificate is given": "",
    }
    for said, text in refused.items():
        done = gateway.converge(gateway_certificate_and_key=text)
        assert done.code != 0
        assert f"gateway_certificate_and_key: {said}" in " ".join(done.text.split()), done.text
        assert "BEGIN" not in done.text
    assert gateway.sh(f"sha256sum {PRESENT}") == before
    assert gateway.ask("/api/tags").status == 200
    gateway.plain = True  # still


def test_a_given_one_that_ends_soon_is_warned_of(gateway):
    done = gateway.converge("--check")
    assert "gate: gateway_certificate_and_key ends in 0 days" in " ".join(done.text.split())


def test_the_internal_ca_certifies_it_a_second_run_keeps_that_and_a_new_one_says_why(gateway):
    done = gateway.converge("--diff", **INTERNAL)
    assert done.code == 0, done.text
    assert "PRIVATE KEY" not in done.text
    assert "which is not shown: it is signed by another root" in " ".join(done.text.split())
    trusted, gateway.trusted = gateway.trusted, (gateway.folder / ".ca" / "root.crt").read_text()
    try:
        assert gateway.ask("/api/tags").status == 200
        again = gateway.converge("--diff", **INTERNAL)
        assert again.changed == 0, again.text
    finally:
        gateway.trusted = trusted
        back = gateway.converge("--diff")
    assert back.code == 0
    assert "PRIVATE KEY" not in back.text, "a key in a diff"


def test_a_present_one_that_cannot_be_read_is_said_and_not_passed_over(gateway):
    gateway.sh(f"mv {PRESENT} {PRESENT}.aside && mkdir {PRESENT}")
    try:
        done = gateway.converge(**INTERNAL)
    finally:
        gateway.sh(f"rmdir {PRESENT} && mv {PRESENT}.aside {PRESENT}")
    assert done.code != 0
    assert "certificate_internal" in done.text
    gateway.plain = True  # still: it was the first thing to be looked at


def test_a_reload_that_fails_is_taken_back_without_cutting_an_answer(gateway):
    answers = []
    body = {"model": "both:1b", "stream": True, "wait": 60}
    asking = threading.Thread(target=lambda: answers.append(gateway.ask("/api/chat", body)))
    asking.start()
    time.sleep(1)
    pid = gateway.sh("systemctl show -P MainPID llamakeep-gateway")
    # What is wrong with the files is refused long before: a HAProxy that takes none has to be played.
    gateway.sh("mount --bind /bin/false /usr/sbin/haproxy")
    try:
        done = gateway.converge(gateway_rate=601)
    finally:
        gateway.sh("umount /usr/sbin/haproxy")
    assert done.code != 0
    assert "what was there before is back, and serves again" in done.text
    assert gateway.sh("systemctl show -P MainPID llamakeep-gateway") == pid
    assert asking.is_alive(), "the answer ended before: the test shows nothing"
    asking.join()
    assert answers[0].text.splitlines()[-1] == '{"part": 19, "done": true}'
    assert gateway.converge().code == 0
