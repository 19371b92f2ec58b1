"""A host whose Ollama is of a release that nobody has held this kit against."""

import pytest
from office import bare

from llamakeep.lock.releases import newest_known
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.planned.unknown_release import unknown_release


@pytest.mark.parametrize("version", ["0.36.0", "0.36.0-rc1", "0.40.2", "1.0.0"])
def test_a_later_release_that_runs_is_refused(version: str) -> None:
    (finding,) = unknown_release(bare(ollama=SeenOllama(answers=True, version=version)))
    assert finding.severity == "blocking"
    assert finding.found.startswith(f"ollama {version} runs on the host: this kit has not met such a release")
    assert newest_known().below in finding.expected
    assert newest_known().written in finding.expected


def test_a_store_that_a_later_release_kept_is_refused_though_nothing_runs() -> None:
    server = SeenOllama(answers=False, trees=("manifests", "manifests-v2"))
    (finding,) = unknown_release(bare(ollama=server))
    assert finding.found.startswith("the store holds models in manifests-v2")


@pytest.mark.parametrize("version", ["0.35.1", "0.35.9", "0.34.4-standin", "0.32.15", None, "built-by-hand"])
def test_what_the_kit_knows_is_no_finding(version: str | None) -> None:
    server = SeenOllama(answers=version is not None, version=version, trees=("manifests",))
    assert list(unknown_release(bare(ollama=server))) == []
