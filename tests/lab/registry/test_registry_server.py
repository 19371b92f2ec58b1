import http.client
import json
import subprocess
import sys
import time
from hashlib import sha256

import pytest

from llamakeep_lab.registry import server
from llamakeep_lab.registry.server import MANIFEST

from .conftest import WEIGHTS


def test_a_manifest_comes_byte_for_byte(upstream):
    answer, body = upstream.ask("GET", "/v2/library/mistral/manifests/7b", Accept=MANIFEST)
    assert (answer.status, body) == (200, upstream.manifest)
    assert answer.headers["Content-Type"] == MANIFEST
    assert answer.headers["Docker-Content-Digest"] == f"sha256:{sha256(body).hexdigest()}"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unknown_model_is_told_in_the_registrys_form(upstream, method):
    answer, body = upstream.ask(method, "/v2/library/nosuch/manifests/latest")
    assert answer.status == 404
    told = [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown", "detail": {"Tag": "latest"}}]
    assert method == "HEAD" or json.loads(body)["errors"] == told


def test_a_client_that_takes_other_manifests_only_gets_none(upstream):
    other = "application/vnd.oci.image.manifest.v1+json"
    assert upstream.ask("GET", "/v2/library/mistral/manifests/7b", Accept=other)[0].status == 404


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/v2/",
            "/v2/_catalog",
            "/v2/library/mistral/tags/list",
            "/secret",
            "/archives/",
            "/archives/nosuch",
        ),
        *(
            "/archives/../secret",
            "/v2/../../secret/manifests/x",
            "/v2/library/../manifests/7b",
            "/archives/..%2fsecret",
        ),
    ],
)
def test_what_the_real_one_does_not_have_is_not_there(upstream, path):
    answer, body = upstream.ask("GET", path)
    assert (answer.status, b"not served" in body) == (404, False)


def test_a_blob_is_at_another_host_name(upstream):
    answer, body = upstream.ask("GET", f"/v2/library/mistral/blobs/sha256:{upstream.digest}")
    assert (answer.status, body) == (307, b"")
    assert answer.headers["Location"] == f"http://localhost:{upstream.port}{upstream.stored()}"


def test_head_tells_a_blobs_size(upstream):
    answer, _ = upstream.ask("HEAD", f"/v2/library/mistral/blobs/sha256:{upstream.digest}")
    assert (answer.status, int(answer.headers["Content-Length"])) == (200, len(WEIGHTS))


def test_a_blob_of_another_model_is_unknown(upstream):
    answer, body = upstream.ask("GET", f"/v2/library/mistral/blobs/sha256:{'0' * 64}")
    assert (answer.status, json.loads(body)["errors"][0]["code"]) == (404, "BLOB_UNKNOWN")


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [("bytes=100-199", 100, 200), ("bytes=10000-", 10000, 10240), ("bytes=-40", 10200, 10240)],
)
def test_a_range_is_answered_with_just_that(upstream, asked, first, end):
    answer, body = upstream.ask("GET", upstream.stored(), Range=asked)
    assert (answer.status, body) == (206, WEIGHTS[first:end])
    assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(WEIGHTS)}"


def test_a_range_past_the_end_is_refused(upstream):
    answer, _ = upstream.ask("GET", upstream.stored(), Range=f"bytes={len(WEIGHTS)}-")
    assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{len(WEIGHTS)}")


def test_archives_are_served_in_ranges_too(upstream):
    assert upstream.ask("GET", "/archives/ollama.tar.zst")[1] == b"an archive"
    assert upstream.ask("GET", "/archives/ollama.tar.zst", Range="bytes=3-")[1] == b"archive"


def test_a_package_is_found_by_its_normalised_name(upstream):
    answer, body = upstream.ask("GET", "/simple/ruamel-yaml/")
    wheel = "Ruamel.Yaml-0.18-py3-none-any.whl"
    assert (answer.status, body.count(b"<a ")) == (200, 1)
    assert f'<a href="/wheels/{wheel}">{wheel}</a>'.encode() in body
    assert upstream.ask("GET", f"/wheels/{wheel}")[1] == b"a wheel"
    assert upstream.ask("GET", "/simple/nosuch/")[0].status == 404
    assert upstream.ask("GET", "/wheels/..%2Fsecret")[0].status == 404


def test_a_mirror_that_dies_at_a_byte_gives_none_after_it(upstream):
    upstream.cut(**{upstream.digest: 6000})
    answer, body = upstream.ask("GET", upstream.stored())
    assert (answer.headers["Content-Length"], body) == (str(len(WEIGHTS)), WEIGHTS[:6000])
    assert upstream.ask("GET", upstream.stored(), Range="bytes=6000-")[1] == b""
    upstream.cut()
    assert upstream.ask("GET", upstream.stored(), Range="bytes=6000-")[1] == WEIGHTS[6000:]


def test_each_request_is_a_line_with_the_bytes_sent(upstream, capfd):
    upstream.cut(**{upstream.digest: 6000})
    upstream.ask("GET", upstream.stored(), Range="bytes=1000-")
    upstream.ask("GET", "/v2/library/mistral/manifests/7b")
    lines = []
    while len(lines) < 2:  # an answer is out before its line is written
        lines += capfd.readouterr().err.splitlines()
        time.sleep(0.01)
    first, second = sorted(lines, key=len, reverse=True)
    assert first.endswith(f" 127.0.0.1 GET {upstream.stored()} 206 range=1000- sent=5000")
    assert second.endswith(f"/v2/library/mistral/manifests/7b 200 range=- sent={len(upstream.manifest)}")


def test_one_connection_carries_many_requests(upstream):
    connection = http.client.HTTPConnection("127.0.0.1", upstream.port, timeout=5)
    for _ in range(3):
        connection.request("GET", "/v2/library/mistral/manifests/7b")
        assert connection.getresponse().read() == upstream.manifest


def test_it_runs_alone_on_the_mirrors_own_python(tmp_path):
    done = subprocess.run(
        [sys.executable, "-I", server.__file__, "--root", tmp_path / "missing"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"{tmp_path / 'missing'}: no such folder")
