"""The image that every lab host starts from, built once per release and recipe."""

import hashlib
import io
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from requests.exceptions import RequestException

from llamakeep.errors import Refusal
from llamakeep_lab import cache, debootstrap, engine
from llamakeep_lab.debian import RELEASES

LABEL_RECIPE = "io.llamakeep.lab.recipe"
_REPOSITORY = "llamakeep-lab"
_REGISTRY_PATIENCE = 10  # seconds for the engine to ask a registry whether it has the official image


def dockerfile() -> bytes:
    """Return the recipe of both images."""
    return (Path(__file__).parent / "files" / "Dockerfile").read_bytes()


def recipe() -> str:
    """Return the digest of the recipe: an image with another one is built again."""
    return hashlib.sha256(dockerfile()).hexdigest()[:12]


def tag(release: str, *, bare: bool) -> str:
    """Return the image's name: `llamakeep-lab:trixie`, or with `-bare` where nothing but Python is in it."""
    return f"{_REPOSITORY}:{release}{'-bare' if bare else ''}"


def check(release: str) -> None:
    """Refuse a release that the lab has no image of."""
    if release not in RELEASES:
        raise Refusal(
            "--release", f"{release} is not known", id="debian-release-unknown", expected=" or ".join(RELEASES)
        )


def ensure(client: docker.DockerClient, release: str, *, bare: bool, say: Callable[[str], None]) -> str:
    """Return the id of the image; build it first where it is missing or made by another recipe."""
    check(release)
    name = tag(release, bare=bare)
    present = _current(client, name)
    if present is not None:
        return present
    with cache.alone(f"image-{release}", say) as lock:
        present = _current(client, name)
        if present is not None:
            return present
        origin = _origin(client, release, say, lock.fileno())
        say(f"image {name}: installing systemd, sshd and Python into {origin}")
        former = _any(client, name)
        built = _build(client, name, origin, "bare" if bare else "full")
        if former not in {None, built}:
            _drop(client, str(former))
        return built


def _any(client: docker.DockerClient, name: str) -> str | None:
    """Return the id of the image of that name, whatever recipe made it."""
    try:
        return client.images.get(name).id
    except ImageNotFound:
        return None


def _current(client: docker.DockerClient, name: str) -> str | None:
    """Return the id of an image that this recipe made."""
    found = _any(client, name)
    return found if found and client.images.get(found).labels.get(LABEL_RECIPE) == recipe() else None


def _drop(client: docker.DockerClient, image_id: str) -> None:
    """Remove an image that another one has replaced, unless a running lab still stands on it."""
    with suppress(APIError):
        client.images.remove(image_id)


def _origin(client: docker.DockerClient, release: str, say: Callable[[str], None], lock: int) -> str:
    """Return the name of a plain Debian: the official image where there is one, else our own."""
    official, own = f"debian:{release}-slim", f"{_REPOSITORY}:{release}-origin"
    for name in (official, own):
        try:
            client.images.get(name)
        except ImageNotFound:
            continue
        return name
    if _registry_has(official):
        say(f"image {official}: pulling")
        try:
            client.images.pull("debian", tag=f"{release}-slim")
        except APIError as error:
            say(f"image {official}: the pull failed ({error.explanation}); making a Debian here instead")
        else:
            return official
    say(f"image {own}: no registry can be reached; making a Debian {release} by debootstrap (1 to 2 minutes)")
    with debootstrap.tree(release, lock) as tar:
        client.api.import_image(src=tar, repository=_REPOSITORY, tag=f"{release}-origin", stream_src=True)
    return own


def _registry_has(name: str) -> bool:
    """Ask through the engine, which may have a mirror or a proxy that this process does not know."""
    try:
        engine.connect(timeout=_REGISTRY_PATIENCE).images.get_registry_data(name)
    except (DockerException, RequestException):
        return False
    return True


def _build(client: docker.DockerClient, name: str, origin: str, target: str) -> str:
    """Build one target of the recipe and return the image's id."""
    log: list[str] = []
    for line in client.api.build(
        fileobj=io.BytesIO(dockerfile()),
        tag=name,
        target=target,
        buildargs={"ORIGIN": origin},
        labels={LABEL_RECIPE: recipe()},
        rm=True,
        forcerm=True,
        decode=True,
    ):
        log += str(line.get("stream", "")).splitlines()
        if "error" in line:
            tail = "\n  ".join(part for part in log[-8:] if part.strip())
            raise Refusal(
                f"image {name}",
                f"could not be built: {line['error']}\n  {tail}",
                id="image-build-failed",
                remedy="the build installs Debian packages: a container must reach deb.debian.org",
            )
    image_id = client.images.get(name).id
    if image_id is None:
        raise Refusal(f"image {name}", "was built, but the engine does not list it", id="image-missing")
    return image_id


def main() -> int:
    """Build the image that molecule and the tests start from."""
    try:
        ensure(engine.connect(), RELEASES[0], bare=False, say=lambda step: print(step))  # noqa: T201
    except Refusal as refusal:
        print(f"lab image: {refusal}", file=sys.stderr)  # noqa: T201 - the end of a program
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
