"""What a report says of one service of one host: what every service's line shares."""

from llamakeep.record import Record


class Line(Record):
    """A service in a report; each service has a line of its own kind."""
