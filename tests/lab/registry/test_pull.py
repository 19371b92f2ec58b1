"""The stand-in's own client against the lab's registry: as a real Ollama would pull from it."""

import time

import pytest

from llamakeep_lab.standin.program.names import Name
from llamakeep_lab.standin.program.pull import PullError, pull
from llamakeep_lab.standin.program.store import Store

from .conftest import WEIGHTS


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "models")


def name(upstream, model="mistral:7b"):
    return Name.parse(f"127.0.0.1:{upstream.port}/library/{model}")


def steps(store, upstream, **options):
    return [step["status"] for step in pull(store, name(upstream, **options), insecure=True)]


def test_a_model_comes_by_way_of_the_other_host_name(store, upstream):
    told = steps(store, upstream)
    assert (told[0], told[-1]) == ("pulling manifest", "success")
    assert store.blob(f"sha256:{upstream.digest}").read_bytes() == WEIGHTS
    assert [str(each) for each in store.models()] == [str(name(upstream))]


def test_a_pull_goes_on_where_the_last_one_broke_off(store, upstream, capfd):
    upstream.cut(**{upstream.digest: 6000})
    with pytest.raises(PullError):
        steps(store, upstream)
    assert store.models() == {}
    upstream.cut()
    capfd.readouterr()
    steps(store, upstream)
    rest, told = f"range=6000- sent={len(WEIGHTS) - 6000}\n", ""
    deadline = time.monotonic() + 5
    while rest not in told and time.monotonic() < deadline:  # an answer is out before its line is written
        told += capfd.readouterr().err
        time.sleep(0.01)
    assert rest in told
    assert store.blob(f"sha256:{upstream.digest}").read_bytes() == WEIGHTS


def test_a_wrong_byte_is_never_kept(store, upstream):
    (upstream.root / f"blobs/sha256-{upstream.digest}").write_bytes(WEIGHTS[:-1] + b"?")
    with pytest.raises(PullError, match="digest mismatch"):
        steps(store, upstream)
    assert store.models() == {}
    assert list((store.root / "blobs").iterdir()) == []


def test_an_unknown_model_is_told(store, upstream):
    with pytest.raises(PullError, match="pull model manifest: file does not exist"):
        steps(store, upstream, model="nosuch")
