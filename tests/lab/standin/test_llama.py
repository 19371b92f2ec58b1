import pytest

from llamakeep_lab.standin.program import llama


def test_an_old_glibc_is_told_with_the_one_that_is_needed(monkeypatch, tmp_path):
    monkeypatch.setattr(llama, "glibc_found", lambda: (2, 36))
    with pytest.raises(llama.EngineUnavailableError, match=r"needs glibc 2\.38 or newer, this host has 2\.36"):
        llama.load(tmp_path)


def test_a_library_that_does_not_load_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(llama, "glibc_found", lambda: (2, 41))
    with pytest.raises(llama.EngineUnavailableError, match=r"does not load: .*libllama\.so\.0"):
        llama.load(tmp_path)


def test_a_missing_libgomp_is_told_with_its_package(monkeypatch, tmp_path):
    def missing(_path):
        raise OSError("libgomp.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(llama, "glibc_found", lambda: (2, 41))
    monkeypatch.setattr(llama.ctypes, "CDLL", missing)
    with pytest.raises(llama.EngineUnavailableError, match="install libgomp1"):
        llama.load(tmp_path)
