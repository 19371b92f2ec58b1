"""What can be wrong with a simulated host."""

from enum import StrEnum


class Fault(StrEnum):
    """One way in which a host does not answer as it should; a host without one answers at once."""

    NONE = "none"
    REFUSES = "refuses"  # nobody listens at its port
    SILENT = "silent"  # the connection stands, and no banner ever comes
    DROPS = "drops"  # the connection is closed in the middle of the key exchange
    IMPOSTOR = "impostor"  # its host key is another one than known_hosts says
    LOCKED = "locked"  # it lets nobody in
    HANGS = "hangs"  # it lets us in and never answers
    BREAKS = "breaks"  # the connection is cut when half of the answer was sent
    SLOW = "slow"  # it answers, after `SLOWNESS` seconds


SLOWNESS = 1.0  # seconds
