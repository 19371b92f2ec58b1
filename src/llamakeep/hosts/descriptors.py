"""How many hosts can be spoken to at once, as far as this process may hold descriptors."""

import contextlib
import resource

_EACH = 8  # a host: three pipes at both ends while its ssh is started, and what waits for them
_OURS = 32  # streams, files that are open for a moment


def at_once(hosts: int) -> int:
    """Return how many of so many hosts can be in flight, having raised our own limit as far as we may."""
    needed = hosts * _EACH + _OURS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(ValueError, OSError):  # macOS has a limit below the hard one
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return hosts
    return max(1, min(hosts, (soft - _OURS) // _EACH))
