"""What a CA has issued and revoked, in the form of OpenSSL's own index."""

import datetime
import subprocess

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import issued
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.issued import Issued

ENDS = datetime.datetime(2027, 11, 30, 12, tzinfo=datetime.UTC)
BEFORE, AFTER = ENDS - datetime.timedelta(days=9), ENDS + datetime.timedelta(seconds=1)
LIVE = Issued("llm1", 0x3F9C, ENDS)
REVOKED = Issued("chat1", 0xABC, ENDS, BEFORE)


def test_a_line_is_as_openssl_writes_it():
    assert issued.line(LIVE) == "V\t271130120000Z\t\t3F9C\tunknown\t/CN=llm1\n"
    assert issued.line(REVOKED) == "R\t271130120000Z\t271121120000Z\t0ABC\tunknown\t/CN=chat1\n"


def test_what_is_written_is_read_again(tmp_path):
    (tmp_path / "index.txt").write_text(issued.line(LIVE) + issued.line(REVOKED))
    assert issued.read(tmp_path / "index.txt") == [LIVE, REVOKED]


def test_a_reason_beside_the_day_is_passed_over(tmp_path):
    (tmp_path / "index.txt").write_text(issued.line(REVOKED).replace("0000Z\t0ABC", "0000Z,keyCompromise\t0ABC"))
    assert issued.read(tmp_path / "index.txt") == [REVOKED]


def test_nothing_was_issued_where_there_is_no_index(tmp_path):
    assert issued.read(tmp_path / "index.txt") == []


@pytest.mark.parametrize("text", ["no line of an index\n", "V\tnever\t\t3F\tunknown\t/CN=a\n", "V\t\t\t\xff\n"])
def test_what_is_no_index_is_refused(tmp_path, text):
    (tmp_path / "index.txt").write_text(text, encoding="latin-1")
    with pytest.raises(Refusal, match="cannot be read") as refused:
        issued.read(tmp_path / "index.txt")
    assert refused.value.id == "ca-index-unreadable"


def test_openssl_reads_it(tmp_path):
    (tmp_path / "index.txt").write_text(issued.line(LIVE) + issued.line(REVOKED))
    (tmp_path / "ca.cnf").write_text(
        f"[ca]\ndefault_ca = x\n[x]\ndatabase = {tmp_path}/index.txt\ndefault_md = sha256\n"
    )
    for serial, said in (("3F9C", "Valid"), ("0ABC", "Revoked")):
        words = ["openssl", "ca", "-config", tmp_path / "ca.cnf", "-status", serial]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert said in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("every", "moment", "live"),
    [
        ([LIVE], BEFORE, True),
        ([LIVE], ENDS, False),
        ([LIVE], AFTER, False),
        ([LIVE._replace(revoked=BEFORE)], BEFORE, False),
        ([LIVE._replace(revoked=BEFORE), LIVE], BEFORE, True),
        ([LIVE._replace(name="llm2")], BEFORE, False),
        ([], BEFORE, False),
    ],
)
def test_who_has_a_certificate_that_is_in_force(every, moment, live):
    assert issued.is_live("llm1", every, moment) is live


@pytest.mark.parametrize(
    ("every", "shut"),
    [
        ([REVOKED], True),
        ([REVOKED, REVOKED._replace(serial=1, revoked=None)], False),
        ([REVOKED._replace(revoked=None), REVOKED], True),
        ([REVOKED._replace(name="chat2")], False),
        ([], False),
    ],
)
def test_who_is_shut_out_until_another_one_is_issued(every, shut):
    assert issued.is_shut("chat1", every) is shut
