"""Each option is described once: defaults, specs and READMEs say the same."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.parent.parent for path in ROOT.glob("roles/*/meta/argument_specs.yml"))


def options(role: Path) -> dict:
    return yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"].get("options", {})


def test_there_are_roles():
    assert {role.name for role in ROLES} >= {"firewall", "ollama", "ollama_models", "receipt"}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_and_specs_agree_in_keys_and_values(role):
    path = role / "defaults/main.yml"
    defaults = (yaml.safe_load(path.read_text()) if path.exists() else None) or {}
    assert defaults == {name: option["default"] for name, option in options(role).items() if "default" in option}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_option_bears_its_roles_name_and_says_what_it_does(role):
    for name, option in options(role).items():
        assert name.startswith(f"{role.name}_"), name
        assert option.get("description"), name
        assert option.get("type"), name


def test_readmes_are_drawn_from_the_specs():
    done = subprocess.run([sys.executable, ROOT / ".config/role_tables.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
