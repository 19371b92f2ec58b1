"""`plan --diff` on a real host: what Ansible would change, and nothing is changed."""

import re

import pytest
from kit import llamakeep, report

from own import own
from raised import raised

pytestmark = pytest.mark.lab

NAME = own("test-diff")
UNIT = "/etc/systemd/system/ollama.service"
# Where the kernel and running programs write; /tmp is listed by name, as what was in use and is gone has left its time.
# The last three are the engine's own: it touches them when another container joins the network.
ELSEWHERE = ("/proc", "/sys", "/dev", "/run", "/tmp", "/var/log", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf")


@pytest.fixture(scope="module")
def machine():
    """A host that nothing was converged on yet."""
    with raised(NAME, llm=1, gpus=["rtx-4090"]) as lab:
        yield lab


@pytest.fixture(scope="module")
def converged(machine):
    done = llamakeep("up", "-i", machine.inventory)
    assert done.returncode == 0, done.stdout + done.stderr
    return machine


def state(lab) -> list[str]:
    """Return kind, owner, mode, size and times of all that a check could touch."""
    pruned = [word for path in ELSEWHERE for word in ("-path", path, "-prune", "-o")]
    host = lab.host("llm1")
    files = host.exec(["find", "/", "-xdev", *pruned, "-printf", "%p %y %m %u:%g %s %T@ %C@ %l\\n"]).stdout
    return sorted(files.splitlines() + host.exec(["ls", "-A", "/tmp"]).stdout.splitlines())


def test_a_bare_host_is_told_what_comes_and_stays_bare(machine):
    before = state(machine)
    done = llamakeep("plan", "-i", machine.inventory, "--diff")
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"+ {UNIT}\n" in done.stdout
    assert "+ /etc/llamakeep/firewall.nft\n" in done.stdout
    assert "more lines: plan --host llm1 --diff" in done.stdout
    full = llamakeep("plan", "-i", machine.inventory, "--host", "llm1", "--diff").stdout
    assert "+PrivateNetwork=yes" in full
    assert "+ smollm2:135m" in full
    assert "more lines" not in full
    assert state(machine) == before


def test_a_line_that_was_edited_on_the_host_is_the_diff_and_stays_edited(converged):
    """After a converge: nothing to ask; then one line is edited, told, and left alone."""
    calm = llamakeep("plan", "-i", converged.inventory, "--diff")
    assert calm.returncode == 0, calm.stdout
    assert "nothing to ask Ansible: no host is to change" in calm.stdout
    assert report("plan", "-i", converged.inventory, "--diff")["diff"]["hosts"] == []

    converged.host("llm1").exec(["sed", "-i", "s/^LimitNOFILE=.*/LimitNOFILE=7/", UNIT])
    before = state(converged)
    told = report("plan", "-i", converged.inventory, "--diff")
    (host,) = told["diff"]["hosts"]
    (diff,) = host["diffs"]
    lines = [line for line in diff["text"].splitlines()[2:] if re.match(r"[+-]", line)]
    assert diff["path"] == UNIT
    assert lines[0] == "-LimitNOFILE=7"
    assert [line.partition("=")[0] for line in lines] == ["-LimitNOFILE", "+LimitNOFILE"]
    assert "-LimitNOFILE=7\n" in llamakeep("plan", "-i", converged.inventory, "--host", "llm1", "--diff").stdout
    assert state(converged) == before
    assert "diff" not in report("plan", "-i", converged.inventory)


def test_a_secret_in_a_file_of_the_host_is_not_shown(converged):
    """Neither one of the inventory, nor one that somebody left on the host and nobody told us."""
    folder = "/etc/systemd/system/ollama.service.d"
    text = '[Service]\nEnvironment="HTTPS_PROXY=http://kit:words-of-the-host@proxy.example"\n'
    converged.host("llm1").exec(
        ["sh", "-c", f"mkdir -p {folder}; cat > {folder}/own.conf <<'E'\n{text}E\nsystemctl daemon-reload"]
    )
    values = converged.inventory / "group_vars" / "llm_hosts.yml"
    kept = values.read_text(encoding="utf-8")
    try:
        values.write_text(f"{kept}ollama_environment: {{OLLAMA_ORIGINS_TOKEN: words-of-the-inventory}}\n")
        for words in (("--host", "llm1"), ("--json",)):
            done = llamakeep("plan", "-i", converged.inventory, "--diff", *words)
            assert "OLLAMA_ORIGINS_TOKEN=(redacted)" in done.stdout, done.stdout + done.stderr
            assert "@proxy.example" in done.stdout
            assert "words-of" not in done.stdout + done.stderr
    finally:
        values.write_text(kept, encoding="utf-8")
        converged.host("llm1").exec(["sh", "-c", f"rm -r {folder}; systemctl daemon-reload"])
