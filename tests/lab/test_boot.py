"""How a host's container is made."""

from pathlib import Path

from llamakeep_lab import boot
from llamakeep_lab.name import Name
from llamakeep_lab.part import CHAT, REGISTRY


def spec(**changes):
    values = {
        "lab": Name("lab"),
        "part": CHAT,
        "image": "sha256:1",
        "release": "trixie",
        "network": "n",
        "addresses": ("192.0.2.5", "2001:db8::5"),
        "mounts": {},
        "inventory": Path("/srv/inventories/lab"),
        "cgroup": 1,
    }
    return boot.Spec(**{**values, **changes})


def test_a_container_is_told_apart_by_all_that_it_is_made_from():
    assert spec().digest == spec().digest
    different = {
        spec().digest,
        spec(image="sha256:2").digest,
        spec(cgroup=2).digest,
        spec(mounts={"/a": "/b"}).digest,
        spec(content="x").digest,
    }
    assert len(different) == 5


def test_only_the_registry_has_the_name_to_which_blobs_are_redirected():
    assert spec().aliases == ["chat1"]
    assert spec(part=REGISTRY).aliases == ["registry1", "blobs.lab.example"]


def test_systemd_writes_its_cgroups_only_where_it_does_not_mount_them_itself():
    assert boot.cgroups(1)["volumes"]["/sys/fs/cgroup"]["mode"] == "ro"
    assert boot.cgroups(2)["volumes"]["/sys/fs/cgroup"]["mode"] == "rw"
