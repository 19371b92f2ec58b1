"""The lab: a rehearsal fleet of real Debian hosts in containers, for the demo, the tests and the bench."""

from llamakeep_lab.lab import Lab, attach
from llamakeep_lab.machine import Machine, Ran
from llamakeep_lab.raising import up
from llamakeep_lab.razing import Removed, down

__all__ = ["Lab", "Machine", "Ran", "Removed", "attach", "down", "up"]
