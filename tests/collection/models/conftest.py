"""A store and a registry for each test; the receipt and the progress go into the test's own folder."""

import grp
import json
import os
import pwd

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.llamakeep.fleet.plugins.module_utils import meter, receipt, sources, space
from ansible_collections.llamakeep.fleet.plugins.modules import models
from tiny_registry import Registry


@pytest.fixture
def registry():
    registry = Registry()
    yield registry
    registry.close()


@pytest.fixture
def other_registry():
    registry = Registry()
    yield registry
    registry.close()


@pytest.fixture
def host(tmp_path, monkeypatch):
    """The parts of a host that are not the store, in the test's folder."""
    kept = tmp_path / "receipt.json"
    monkeypatch.setattr(meter, "FOLDER", str(tmp_path / "run"))
    monkeypatch.setattr(meter, "_TICK", 0.05)
    monkeypatch.setattr(sources, "_PAUSE", 0)
    monkeypatch.setattr(space, "RESERVE", 0)
    for verb in (receipt.section, receipt.begin, receipt.record):
        defaults = tuple(str(kept) if value == receipt.PATH else value for value in verb.__defaults__)
        monkeypatch.setattr(verb, "__defaults__", defaults)
    return tmp_path


@pytest.fixture
def store(host):
    return host / "models"


@pytest.fixture
def bring(store, capsys):
    """Run the module, and return what it answers."""

    def run(*entries, check=False, **more):
        me = {"owner": pwd.getpwuid(os.getuid()).pw_name, "group": grp.getgrgid(os.getgid()).gr_name}
        arguments = {"store": str(store), "models": list(entries), **me, **more}
        arguments |= {"_ansible_check_mode": check, "_ansible_diff": True}
        with patch_module_args(arguments), pytest.raises(SystemExit):
            models.main()
        return json.loads(capsys.readouterr().out)

    return run
