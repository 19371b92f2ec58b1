from pathlib import PurePosixPath

import pytest

from llamakeep_lab.standin.program.names import InvalidNameError, Name


@pytest.mark.parametrize(
    ("text", "full", "short"),
    [
        ("mistral", "registry.ollama.ai/library/mistral:latest", "mistral:latest"),
        ("mistral:7b", "registry.ollama.ai/library/mistral:7b", "mistral:7b"),
        ("someone/model", "registry.ollama.ai/someone/model:latest", "someone/model:latest"),
        (
            "registry1:5000/library/mistral",
            "registry1:5000/library/mistral:latest",
            "registry1:5000/library/mistral:latest",
        ),
        ("https://registry1/library/mistral:7b", "registry1/library/mistral:7b", "registry1/library/mistral:7b"),
    ],
)
def test_missing_parts_get_their_defaults(text, full, short):
    assert (str(Name.parse(text)), Name.parse(text).short()) == (full, short)


@pytest.mark.parametrize("text", ["", "../../etc", "a/b/c/d", "mistral:", ":7b", "-x", "a b", "mistral:7b/../x"])
def test_what_names_no_model_is_refused(text):
    with pytest.raises(InvalidNameError):
        Name.parse(text)


def test_a_manifests_place_is_its_name():
    name = Name.parse("someone/model:q4")
    assert str(name.path) == "registry.ollama.ai/someone/model/q4"
    assert Name.of_path(name.path) == name


@pytest.mark.parametrize("path", ["registry.ollama.ai/library/mistral/._7b", "a/b/c"])
def test_a_stray_file_is_no_manifest(path):
    with pytest.raises(InvalidNameError):
        Name.of_path(PurePosixPath(path))
