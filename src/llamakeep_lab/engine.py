"""The Docker engine that the lab runs on."""

import docker
from docker.errors import DockerException

from llamakeep.errors import Refusal

PATIENCE = 600  # seconds without a word from the engine; an image build is silent for long


def connect(timeout: int = PATIENCE) -> docker.DockerClient:
    """Return a client that speaks the engine's own API version, or say why there is none."""
    try:
        client = docker.from_env(version="auto", timeout=timeout)
        client.ping()
    except (DockerException, OSError) as error:
        raise Refusal(
            "Docker engine",
            f"cannot be reached: {_reason(error)}",
            id="docker-unreachable",
            expected="a running engine on this machine, and the right to use it",
            remedy="Debian and Ubuntu: apt install docker.io, then systemctl start docker (without systemd: "
            "start dockerd); your user must be root or in the group docker; an engine elsewhere is named by "
            "DOCKER_HOST",
        ) from error
    return client


def cgroup_version(client: docker.DockerClient) -> int:
    """Return 1 or 2; engines older than 20.10 do not say, and have 1."""
    return int(client.info().get("CgroupVersion", "1"))


def _reason(error: Exception) -> str:
    """Return the innermost cause in one line: docker-py wraps it three times."""
    text = str(error)
    for known in ("Permission denied", "No such file or directory", "Connection refused", "Name or service"):
        if known in text:
            return {"No such file or directory": "nothing listens at its socket"}.get(known, known.lower())
    return text.splitlines()[0][:200]
