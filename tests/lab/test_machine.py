"""What is said of a host that did not stay up."""

from llamakeep.lab.machine import ended


def test_a_machine_without_inotify_instances_says_so() -> None:
    log = "systemd 257 running\nFailed to allocate manager object: Too many open files\n"
    refusal = str(ended("llm40", "llamakeep-x-llm40", log))
    assert "ended: Failed to allocate manager object: Too many open files" in refusal
    assert "sysctl fs.inotify.max_user_instances=1024" in refusal


def test_anything_else_is_in_the_log() -> None:
    assert "docker logs llamakeep-x-llm1" in str(ended("llm1", "llamakeep-x-llm1", ""))
