"""Ansible's check mode, read from what ansible-runner told; and run on this machine alone."""

import sys

import pytest
from recorded import recorded

from llamakeep import converge
from llamakeep.converge.check import Differences, _host, diffs_of
from llamakeep.converge.checked import CheckedHost
from llamakeep.converge.redaction import Redaction
from llamakeep.errors import Refusal

UNIT = "/etc/systemd/system/ollama.service"


def checked(*events: dict, host: str = "llm1", secrets: tuple[str, ...] = ()) -> CheckedHost:
    found = Differences((host,), lambda _: None)
    for event in events:
        found.take(event)
    return _host(found.hosts[host], found.diffs[host], Redaction(secrets))


def event(kind: str = "runner_on_ok", task: str = "configure | Apply", stdout: str = "", **res) -> dict:
    return {"event": kind, "stdout": stdout, "event_data": {"host": "llm1", "role": "ollama", "task": task, "res": res}}


def test_an_edited_unit_is_told_by_the_line_that_differs():
    host = checked(*recorded("edited"))
    (diff,) = [one for one in host.diffs if one.path == UNIT]
    lines = diff.text.splitlines()
    assert lines[:2] == [f"--- before: {UNIT} (on the host)", f"+++ after: {UNIT}"]
    assert [line for line in lines[2:] if line.startswith(("+", "-"))] == [
        "-PrivateNetwork=no",
        "+PrivateNetwork=yes",
        "-LimitNOFILE=7",
        "+LimitNOFILE=65536",
    ]
    assert host.state == "changed"
    assert host.failure is None


def test_a_bare_host_gets_files_folders_units_the_release_models_and_the_receipt():
    host = checked(*recorded("bare"))
    texts = {diff.path: diff.text for diff in host.diffs}
    assert "+PrivateNetwork=yes" in texts[UNIT].splitlines()
    assert texts["/etc/llamakeep"].splitlines()[2:] == [
        "@@ -0,0 +1 @@",
        "+state: folder, owner: root, group: root, mode: 0755",
    ]
    assert texts["/opt/llamakeep/ollama/current"].endswith("+-> 0.34.4-standin")
    assert "+state: active, enabled: enabled" in texts["ollama.service"]
    assert any("/archives/ollama-0.34.4-standin" in diff.text for diff in host.diffs if not diff.path)
    assert any(diff.text.startswith("+ smollm2:135m") for diff in host.diffs)
    assert "/var/lib/llamakeep/receipt.json" in texts


def test_what_is_as_wanted_has_no_diff():
    assert checked(event(changed=False), event(changed=False, diff=[])).diffs == ()


def test_a_task_that_changes_and_shows_nothing_is_told_all_the_same():
    (diff,) = checked(event(changed=True, msg="The package zstd would be installed.")).diffs
    assert (diff.path, diff.text) == ("", "The package zstd would be installed.")


def test_a_result_that_ansible_withholds_stays_hidden_and_is_counted():
    host = checked(event(stdout="changed: [llm1]", censored="the output has been hidden"), event(censored="hidden"))
    (diff,) = host.diffs
    assert diff.text == "not shown: the task has no_log"
    assert host.state == "changed"


def test_the_items_of_a_loop_are_told_once():
    item = {"before_header": "/etc/a", "after_header": "/etc/a", "before": "1\n", "after": "2\n"}
    host = checked(
        event("runner_item_on_ok", changed=True, diff=item), event(changed=True, results=[{"changed": True}])
    )
    assert [diff.path for diff in host.diffs] == ["/etc/a"]


def test_a_host_that_the_check_stops_at_says_where_and_keeps_what_came_before():
    host = checked(
        event(changed=True, msg="first"),
        event("runner_on_failed", "preflight | Look", msg="port 11434: is held by caddy (pid 7), key sample-value"),
        secrets=("sample-value",),
    )
    assert host.state == "failed"
    assert host.failure.task == "preflight | Look"
    assert host.failure.message == "port 11434: is held by caddy (pid 7), key (redacted)"
    assert len(host.diffs) == 1


@pytest.mark.parametrize(
    ("given", "path", "text"),
    [
        pytest.param(
            {"before_header": "/etc/x.conf (on the host)", "after_header": "/dev/null", "before": "a\n", "after": ""},
            "/etc/x.conf",
            "--- before: /etc/x.conf (on the host)\n+++ after: /dev/null\n@@ -1 +0,0 @@\n-a",
            id="what goes",
        ),
        pytest.param(
            {"before": "a\r\n", "after": "a\n"}, "", "--- before\n+++ after\n@@ -1 +1 @@\n-a\r\n+a", id="line endings"
        ),
        pytest.param(
            {"before": "a\x0cb", "after": "a\x0cb\n"},
            "",
            "--- before\n+++ after\n@@ -1 +1 @@\n-a\x0cb\n\\ No newline at end of file\n+a\x0cb",
            id="only a newline ends a line",
        ),
        pytest.param(
            {"before_header": "/a", "dst_binary": 1, "before": "", "after": ""},
            "/a",
            "not shown: it is no text",
            id="binary",
        ),
        pytest.param(
            {"before": {"mode": "0600"}, "after": {"mode": "0644"}},
            "",
            "--- before\n+++ after\n@@ -1 +1 @@\n-mode: 0600\n+mode: 0644",
            id="attributes",
        ),
    ],
)
def test_a_diff_reads_as_ansible_shows_it(given, path, text):
    (found,) = diffs_of("t", {"diff": given})
    assert (found.path, found.text) == (path, text)


def test_the_diff_of_nothing_is_nothing():
    assert diffs_of("t", {"diff": [{"before": "same\n", "after": "same\n"}, {"prepared": ""}]}) == []
    assert diffs_of("t", {"diff": None}) == []


TASKS = """
- name: Try
  hosts: all
  gather_facts: false
  tasks:
    - name: configure | Write
      ansible.builtin.copy:
        content: "one\\ntwo {{ (__ollama_models_left_out | default({})).get(inventory_hostname, []) }}\\n"
        dest: "{{ playbook_dir }}/{{ inventory_hostname }}"
        mode: "0600"
"""


@pytest.fixture
def play(tmp_path):
    hosts = "\n".join(f"    {name}: {{ansible_connection: local}}" for name in "ab")
    (tmp_path / "hosts.yml").write_text(
        f"all:\n  vars:\n    ansible_python_interpreter: {sys.executable}\n  hosts:\n{hosts}\n"
    )
    (tmp_path / "try.yml").write_text(TASKS)
    return tmp_path


def test_a_check_tells_and_changes_nothing(play):
    (play / "a").write_text("one\n2\n")
    (play / "a").chmod(0o600)
    steps = []
    found = converge.check(
        str(play / "hosts.yml"),
        ("a",),
        Redaction(["mistral:7b"]),
        on_step=lambda host: steps.append(host.host),
        left_out={"a": ("mistral:7b",), "b": ()},
        playbook=str(play / "try.yml"),
    )
    (host,) = found.hosts
    (diff,) = host.diffs
    assert diff.text.splitlines()[-2:] == ["-2", "+two ['(redacted)']"]
    assert set(steps) == {"a"}
    assert (play / "a").read_text() == "one\n2\n"
    assert not (play / "b").exists()


def test_where_no_host_is_to_change_ansible_is_not_started():
    assert converge.check("inventories/none", (), Redaction(), playbook="no-such-playbook.yml").hosts == ()


def test_a_check_that_cannot_begin_is_refused(play):
    (play / "broken.yml").write_text("- hosts: all\n  tasks: [{no_such_module: }]\n")
    with pytest.raises(Refusal, match="no_such_module"):
        converge.check(str(play / "hosts.yml"), ("a",), Redaction(), playbook=str(play / "broken.yml"))
