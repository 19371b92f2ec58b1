"""What labs are made from, made ready before the first test."""

from llamakeep.errors import Refusal
from llamakeep_lab import image, ready


class Engine:
    def info(self):
        return {"Architecture": "x86_64"}


def test_every_image_the_stand_in_and_the_packages_are_made_once_and_told(monkeypatch, capsys):
    made = []
    monkeypatch.setattr(ready.engine, "connect", Engine)
    monkeypatch.setattr(
        ready.image, "ensure", lambda _, debian, *, bare, say: made.append(image.tag(debian, bare=bare))
    )
    monkeypatch.setattr(ready.release, "standins", lambda platform, say: made.append(platform))
    monkeypatch.setattr(ready.wheels, "ensure", lambda debian, platform, say: say(f"packages for {debian}"))
    assert ready.main() == 0
    assert made == ["llamakeep-lab:trixie", "llamakeep-lab:trixie-bare", "llamakeep-lab:bookworm", "linux-amd64"]
    assert capsys.readouterr().out == "packages for trixie\n"


def test_where_there_is_no_engine_it_says_so_and_ends_with_2(monkeypatch, capsys):
    def refused():
        raise Refusal("Docker engine", "cannot be reached", id="docker-unreachable")

    monkeypatch.setattr(ready.engine, "connect", refused)
    assert ready.main() == 2
    assert "lab: Docker engine: cannot be reached" in capsys.readouterr().err
