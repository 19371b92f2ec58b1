"""By what a kept lab is known, and when it is of no use any more."""

import pytest

from llamakeep_lab import snapshot


class Image:
    def __init__(self, key):
        self.id, self.tags = "sha256:1", ["llamakeep-lab-snapshot:lab-llm1"]
        self.labels = {snapshot.LABEL: "lab", snapshot.LABEL_KEY: key, snapshot.LABEL_HOST: "llm1"}


class Engine:
    """An engine that has one image."""

    def __init__(self, *kept):
        self.kept, self.asked, self.images = list(kept), [], self

    def list(self, filters):
        self.asked.append(filters["label"])
        return self.kept

    def remove(self, tag):
        self.kept = [image for image in self.kept if tag not in image.tags]


@pytest.fixture
def engine(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = Engine(Image("its key"))
    monkeypatch.setattr(snapshot.engine, "connect", lambda: made)
    monkeypatch.setattr(snapshot.razing, "down", lambda *_, **__: pytest.fail("the lab that is up was taken down"))
    return made


def test_another_kit_another_lab_and_other_hosts_have_another_key(monkeypatch):
    first = snapshot.key("lab", front=True)
    assert first == snapshot.key("lab", front=True)
    assert len({first, snapshot.key("lab", front=False), snapshot.key("other", front=True)}) == 3
    monkeypatch.setattr(snapshot.kit, "version", lambda: "0.1.0+changed")
    assert snapshot.key("lab", front=True) != first


@pytest.mark.parametrize("key", ["its key", "another key"])
def test_what_is_of_another_key_or_has_no_inventory_raises_nothing_and_takes_nothing_down(engine, tmp_path, key):
    if key != "its key":
        (tmp_path / "llamakeep" / "snapshots" / "lab").mkdir(parents=True)
    assert snapshot.load("lab", key, base=tmp_path / "inventories") is None
    assert engine.asked == [f"{snapshot.LABEL}=lab"]


def test_what_is_kept_can_be_removed_and_is_named(engine, tmp_path, capsys):
    folder = tmp_path / "llamakeep" / "snapshots" / "lab"
    folder.mkdir(parents=True)
    assert snapshot.main() == 0
    assert capsys.readouterr().out == "removed llamakeep-lab-snapshot:lab-llm1\n"
    assert (engine.kept, folder.exists()) == ([], False)
