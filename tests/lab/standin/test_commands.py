"""The command line, with a server and without."""

import re


def test_version_says_stand_in(standin):
    standin.start()
    done = standin.run("--version")
    assert (done.returncode, done.stdout) == (0, "ollama version is 0.34.4-standin\n")


def test_version_without_a_server_warns_and_still_succeeds(standin):
    done = standin.run("-v")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "Warning: could not connect to a running Ollama instance",
        "Warning: client version is 0.34.4-standin",
    ]


def test_list_without_a_server_fails(standin):
    done = standin.run("list")
    assert done.returncode == 1
    assert done.stderr == "Error: could not connect to ollama server, run 'ollama serve' to start it\n"


def test_a_model_is_made_shown_asked_copied_and_removed(standin, weights):
    standin.start()
    standin.create("tiny:1", f"FROM {weights}", "SYSTEM You are terse.", "PARAMETER stop <a>")
    assert re.search(r"^tiny:1 +[0-9a-f]{12} +\d+(\.\d)? .?B +", standin.run("list").stdout, re.MULTILINE)
    shown = standin.run("show", "tiny:1").stdout
    assert "    architecture        llama\n" in shown
    assert '    stop    "<a>"\n' in shown
    assert standin.run("show", "tiny:1", "--system").stdout == "You are terse.\n"
    assert standin.run("run", "tiny:1", "Hello").stdout == "I'm glad to see you.\n\n"
    assert re.search(r"^tiny:1 .* 100% CPU +4096 +", standin.run("ps").stdout, re.MULTILINE)
    assert standin.run("stop", "tiny:1").returncode == 0
    assert standin.run("cp", "tiny:1", "other").stdout == "copied 'tiny:1' to 'other'\n"
    assert standin.run("rm", "tiny:1", "other").stdout == "deleted 'tiny:1'\ndeleted 'other'\n"
    assert standin.get("/api/tags") == {"models": []}


def test_a_file_that_is_no_gguf_is_refused(standin, tmp_path):
    standin.start()
    (tmp_path / "file.gguf").write_text("no model")
    (tmp_path / "Modelfile").write_text("FROM ./file.gguf\n")
    done = standin.run("create", "x", "-f", str(tmp_path / "Modelfile"))
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "Error: supplied file was not in GGUF format")


def test_a_wrong_modelfile_is_refused(standin, tmp_path):
    standin.start()
    (tmp_path / "Modelfile").write_text("FORM x\n")
    done = standin.run("create", "x", "-f", str(tmp_path / "Modelfile"))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: (line 1): command must be one of ")
