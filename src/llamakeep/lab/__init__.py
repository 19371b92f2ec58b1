"""The lab: a rehearsal fleet of real Debian hosts in containers, for the demo, the tests and the bench."""

from llamakeep.lab.lab import Lab, attach
from llamakeep.lab.machine import Machine, Ran
from llamakeep.lab.raising import up
from llamakeep.lab.razing import Removed, down

__all__ = ["Lab", "Machine", "Ran", "Removed", "attach", "down", "up"]
