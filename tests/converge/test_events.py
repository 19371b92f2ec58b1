"""What ansible-runner tells, read into a log."""

from llamakeep.converge.events import Events, HostProgress, message


def taken(*events: dict) -> Events:
    seen: list[HostProgress] = []
    log = Events(("gpu01", "gpu02"), seen.append)
    for event in events:
        log.take(event)
    return log


def event(kind: str, host: str, task: str = "configure | Apply", **res) -> dict:
    return {"event": kind, "event_data": {"host": host, "role": "ollama", "task": task, "res": res}}


def test_what_a_module_says_to_the_operator_is_kept():
    log = taken(event("runner_on_ok", "gpu01", said=["a: admin → user"]), event("runner_on_ok", "gpu01", said="text"))
    assert log.hosts["gpu01"].log().said == ("a: admin → user",)


def test_a_change_is_counted_for_its_host_only():
    log = taken(event("runner_on_ok", "gpu01", changed=True), event("runner_on_ok", "gpu02"))
    assert log.hosts["gpu01"].log().state == "changed"
    assert log.hosts["gpu01"].log().changes == ("configure | Apply",)
    assert log.hosts["gpu02"].log().state == "ok"


def test_a_failure_keeps_the_words_of_the_module():
    log = taken(event("runner_on_failed", "gpu01", msg="gpu01: port 11434 is taken by caddy (pid 7)"))
    failure = log.hosts["gpu01"].log().failure
    assert failure is not None
    assert failure.message == "gpu01: port 11434 is taken by caddy (pid 7)"
    assert log.hosts["gpu02"].log().state == "ok"


def test_an_ignored_failure_is_no_failure():
    ignored = event("runner_on_failed", "gpu01", msg="never mind")
    ignored["event_data"]["ignore_errors"] = True
    assert taken(ignored).hosts["gpu01"].log().state == "ok"


def test_an_unreachable_host_is_told_apart():
    log = taken(event("runner_on_unreachable", "gpu02", msg="Task failed: Failed to connect"))
    assert log.hosts["gpu02"].log().state == "unreachable"
    assert log.hosts["gpu02"].log().failure.message == "Failed to connect"


def test_a_host_that_is_not_ours_is_left_out():
    assert set(taken(event("runner_on_ok", "localhost", changed=True)).hosts) == {"gpu01", "gpu02"}


def test_what_ansible_says_before_any_host_is_kept():
    log = taken({"event": "error", "event_data": {}, "stdout": "ERROR! no such role"})
    assert log.said == ["ERROR! no such role"]


def test_a_traceback_is_reduced_to_its_last_line():
    said = "Traceback (most recent call last):\n  File x\nOSError: No space left on device\n"
    assert message({"module_stderr": said}) == "OSError: No space left on device"


def test_failed_items_of_a_loop_are_all_said():
    result = {"msg": "One or more items failed", "results": [{"failed": True, "msg": "a"}, {"msg": "fine"}]}
    assert message(result) == "One or more items failed\na"
