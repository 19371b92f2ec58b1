"""Bytes on their way, as a person reads them."""

import json

from llamakeep.converge.transfer import Transfer, under_way


def test_a_transfer_reads_as_one_line():
    transfer = Transfer(
        host="gpu03",
        stage="models",
        what="mistral:7b",
        done=2_684_354_560,
        total=4_402_341_478,
        rate=222_298_112,
        source="registry1",
    )
    assert str(transfer) == "mistral:7b  60 %  212.0 MiB/s  8 s left  from registry1"


def test_a_transfer_of_unknown_size_has_no_share():
    assert str(Transfer(host="a", stage="archive", what="ollama", done=1024, total=0)) == "ollama  1.0 KiB"


def test_a_half_written_file_is_passed_over(tmp_path):
    good = {"host": "a", "stage": "models", "what": "m", "done": 1, "total": 2}
    (tmp_path / "a.json").write_text(json.dumps(good))
    (tmp_path / "b.json").write_text('{"host": "b"')
    assert set(under_way(tmp_path)) == {"a"}
