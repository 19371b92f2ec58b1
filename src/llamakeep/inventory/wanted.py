"""What one service of one host should be: what every service's record shares."""

from llamakeep.inventory.managed import Managed
from llamakeep.record import Record


class Wanted(Record):
    """A service as the inventory wants it on one host; each service has a record of its own kind."""

    managed: Managed = Managed()  # what its role leaves on the host
