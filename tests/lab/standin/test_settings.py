import pytest

from llamakeep_lab.standin.program.settings import Settings, address


def test_the_defaults_are_the_closed_ones():
    settings = Settings.read({"HOME": "/usr/share/ollama"})
    assert settings.url == "http://127.0.0.1:11434"
    assert str(settings.models) == "/usr/share/ollama/.ollama/models"
    assert (settings.keep_alive, settings.context, settings.no_cloud) == (300.0, 4096, False)


def test_a_number_that_is_none_is_warned_about_and_not_used(capfd):
    assert Settings.read({"OLLAMA_CONTEXT_LENGTH": "lots"}).context == 4096
    assert 'msg="invalid environment variable, using default" key=OLLAMA_CONTEXT_LENGTH' in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("http", "127.0.0.1", 11434)),
        ("0.0.0.0", ("http", "0.0.0.0", 11434)),
        ("192.0.2.7:80", ("http", "192.0.2.7", 80)),
        ("[2001:db8::1]:8080", ("http", "2001:db8::1", 8080)),
        ("2001:db8::1", ("http", "2001:db8::1", 11434)),
        ("https://ai.example", ("https", "ai.example", 443)),
        ("127.0.0.1:99999", ("http", "127.0.0.1", 11434)),
    ],
)
def test_the_address_has_many_forms(text, expected):
    assert address(text) == expected


def test_every_setting_stands_in_one_line():
    listed = Settings.read({"OLLAMA_NO_CLOUD": "1", "OLLAMA_CONTEXT_LENGTH": "8192"}).listed()
    assert listed.startswith("map[CUDA_VISIBLE_DEVICES: ")
    assert " OLLAMA_CONTEXT_LENGTH:8192 " in listed
    assert " OLLAMA_HOST:http://127.0.0.1:11434 OLLAMA_IGPU_ENABLE: OLLAMA_KEEP_ALIVE:5m0s " in listed
    assert " OLLAMA_NO_CLOUD:true OLLAMA_NUM_PARALLEL:1 " in listed
