"""What is said of a host that did not stay up."""

from types import SimpleNamespace

import pytest
from docker.errors import APIError, NotFound
from requests import Response

from llamakeep_lab.machine import ended, read


def test_a_machine_without_inotify_instances_says_so() -> None:
    log = "systemd 257 running\nFailed to allocate manager object: Too many open files\n"
    refusal = str(ended("llm40", "llamakeep-x-llm40", log))
    assert "ended: Failed to allocate manager object: Too many open files" in refusal
    assert "sysctl fs.inotify.max_user_instances=1024" in refusal


def test_anything_else_is_in_the_log() -> None:
    assert "docker logs llamakeep-x-llm1" in str(ended("llm1", "llamakeep-x-llm1", ""))


def container(refusal: APIError) -> SimpleNamespace:
    """A container of which the engine reads nothing."""

    def get_archive(path: str) -> None:
        raise refusal

    return SimpleNamespace(get_archive=get_archive)


def answered(status: int) -> Response:
    response = Response()
    response.status_code = status
    return response


@pytest.mark.parametrize("refusal", [NotFound("no such file"), APIError("is being removed", answered(409))])
def test_a_file_or_a_container_that_is_gone_reads_as_none(refusal: APIError) -> None:
    assert read(container(refusal), "/etc/llamakeep-lab.json") is None


def test_another_refusal_of_the_engine_is_not_taken_for_a_missing_file() -> None:
    with pytest.raises(APIError):
        read(container(APIError("the engine is in trouble", answered(500))), "/etc/llamakeep-lab.json")
