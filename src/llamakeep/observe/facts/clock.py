"""What time the host thinks it is, and how long it has been up."""

import re
from typing import NamedTuple

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact

# Asked as the last one: what then passes until the answer is here is the way back, and nothing else.
_QUESTION = r"""
echo "began=$LLAMAKEEP_BEGAN"; echo "now=$(date +%s.%N)"
if [ -r /proc/uptime ]; then read -r up _ </proc/uptime; echo "up=$up"
else echo "boot=$(sysctl -n kern.boottime)"; fi
"""


class Clock(NamedTuple):
    """Seconds since 1970 by the host's own clock."""

    began: float  # when it began to answer
    now: float  # when it read its clock
    tick: float  # what it counts in: 1.0 where its date knows no fractions
    booted: float | None  # seconds since boot

    def off(self, asked: float, answered: float) -> float:
        """Return the seconds that the host's clock is ahead of ours; 0.0: no more than we can tell.

        `asked` is when we set out for the host and `answered` when its answer was here, by our clock. The
        host read its own in between, and not before it had worked for `now - began`.

        >>> Clock(began=1000.0, now=1000.2, tick=0.0, booted=None).off(asked=940.0, answered=940.5)
        59.7
        """
        earliest = asked + max(0.0, self.now - self.began - 1.0)
        if self.now > answered:
            return round(self.now - answered, 1)
        latest_it_can_be = self.now + self.tick
        return round(min(0.0, latest_it_can_be - earliest), 1)


class ClockFact(Fact[Clock]):
    """The host's clock at the end of the script, and the time since its boot.

    >>> Clock(began=1763850000.0, now=1763850000.418, tick=0.0, booted=86400.5)
    """

    name = "clock"
    limit = 3

    def question(self, ask: Ask) -> str:  # noqa: ARG002 - the same on every host
        """Ask date, and the kernel."""
        return _QUESTION

    def parse(self, answer: str) -> Clock:
        """Read `name=value` lines; the date of macOS and of busybox may know whole seconds only."""
        said = dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)
        whole = re.match(r"(\d+)(\.\d+)?", said["now"])
        if whole is None:
            raise ValueError(f"no time: {said['now']}")
        now = float(whole[0])
        boot = re.search(r"\bsec = (\d+)", said.get("boot", ""))
        up = re.fullmatch(r"\d+(\.\d+)?", said.get("up", ""))
        return Clock(
            began=float(said["began"]) if said.get("began", "").isdigit() else now,
            now=now,
            tick=0.0 if whole[2] else 1.0,
            booted=float(up[0]) if up else now - int(boot[1]) if boot else None,
        )
