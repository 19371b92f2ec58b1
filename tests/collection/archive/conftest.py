"""A release archive, a place that serves it, and the module run in a folder of the test's own."""

import hashlib
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.llamakeep.fleet.plugins.module_utils import meter, receipt, sources, space
from ansible_collections.llamakeep.fleet.plugins.modules import archive

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "models"))
from members import release_members
from tiny_registry import Registry


@pytest.fixture
def registry():
    registry = Registry()
    yield registry
    registry.close()


@pytest.fixture
def host(tmp_path, monkeypatch):
    kept = tmp_path / "receipt.json"
    monkeypatch.setattr(meter, "FOLDER", str(tmp_path / "run"))
    monkeypatch.setattr(meter, "_TICK", 0.05)
    monkeypatch.setattr(sources, "_PAUSE", 0)
    monkeypatch.setattr(space, "RESERVE", 0)
    defaults = tuple(str(kept) if value == receipt.PATH else value for value in receipt.begin.__defaults__)
    monkeypatch.setattr(receipt.begin, "__defaults__", defaults)
    return tmp_path


@pytest.fixture
def releases(host):
    return host / "opt/ollama"


class Packed:
    """An archive in the test's folder, and on the registry under /archives/<name>."""

    def __init__(self, path, registry):
        self.path = path
        self.bytes = path.read_bytes()
        self.sha256 = hashlib.sha256(self.bytes).hexdigest()
        registry.files[f"/archives/{path.name}"] = self.bytes
        self.arguments = {
            "url": f"{registry.url}/archives/{path.name}",
            "sha256": self.sha256,
            "size": len(self.bytes),
        }


@pytest.fixture
def pack(host, registry):
    """Pack members into an archive with the layout of a release."""

    def pack(*members, name="ollama.tgz"):
        path = host / name
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w") as tar:
            for member, content in members or release_members():
                tar.addfile(member, io.BytesIO(content))
        if name.endswith(".zst"):
            packed = subprocess.run(["zstd", "-q", "-19", "--long=27"], input=plain.getvalue(), stdout=-1, check=True)
            path.write_bytes(packed.stdout)
        else:
            gz = subprocess.run(["gzip", "-n"], input=plain.getvalue(), stdout=-1, check=True)
            path.write_bytes(gz.stdout)
        return Packed(path, registry)

    return pack


@pytest.fixture
def bring(host, releases, capsys):
    """Run the module, and return what it answers."""

    def run(arguments, version="0.34.4", check=False, **more):
        given = {"dest": str(releases / version), "cache": str(host / "cache"), **arguments, **more}
        given |= {"current": str(releases / "current")}
        given |= {"_ansible_check_mode": check, "_ansible_diff": True}
        with patch_module_args(given), pytest.raises(SystemExit):
            archive.main()
        return json.loads(capsys.readouterr().out)

    return run
