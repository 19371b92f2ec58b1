"""A simulated fleet: one ssh server on many loopback addresses that answers as recorded hosts did."""

from llamakeep_lab.simulated.fault import Fault
from llamakeep_lab.simulated.fleet import SimulatedFleet, raised

__all__ = ["Fault", "SimulatedFleet", "raised"]
