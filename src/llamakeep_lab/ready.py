"""`python -m llamakeep_lab.ready`: have all that the tests' labs are made from here before the first test begins."""

import sys

import docker

from llamakeep.errors import Refusal
from llamakeep_lab import engine, image, release, wheels
from llamakeep_lab.debian import RELEASES

# Release of Debian, and whether its hosts have nothing but Python.
_IMAGES = ((RELEASES[0], False), (RELEASES[0], True), (RELEASES[1], False))


def ready(client: docker.DockerClient) -> None:
    """Build the images and the stand-in, and fetch the chat's packages; what is here already takes no time."""
    for debian, bare in _IMAGES:
        image.ensure(client, debian, bare=bare, say=_say)
    platform = release.platform(str(client.info()["Architecture"]))
    release.standins(platform, _say)
    wheels.ensure(RELEASES[0], platform, _say)


def _say(step: str) -> None:
    print(step, flush=True)  # noqa: T201 - a program of its own


def main() -> int:
    """Return 0 when everything is here, 2 where it cannot be."""
    try:
        ready(engine.connect())
    except Refusal as refusal:
        print(f"lab: {refusal}", file=sys.stderr)  # noqa: T201 - the end of a program
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
