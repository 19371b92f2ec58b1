"""What many streams came to: the figures of one way, and the lines of the table that compares the ways."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llamakeep_lab.bench.streams import Answer, Outcome

HEADS = (
    "way",
    "answers",
    "tokens/s",
    "ratio",
    "first token, median ms",
    "p95 ms",
    "added, median ms",
    "added, p95 ms",
    "connect, median ms",
    "errors",
)


@dataclass(frozen=True)
class Measured:
    """One way in one or several rounds: what its clients saw, and the CPU seconds of the hosts meanwhile."""

    outcomes: tuple[Outcome, ...]
    cpu: tuple[Mapping[str, float], ...]  # by what ran: "gateway", "hosts", …

    @property
    def answers(self) -> list[Answer]:
        """Every answer of every round."""
        return [answer for outcome in self.outcomes for answer in outcome.answers]

    @property
    def rate(self) -> float:
        """Tokens per second, in the time in which all clients asked."""
        return sum(each.tokens for each in self.outcomes) / sum(each.seconds for each in self.outcomes)

    @property
    def errors(self) -> list[Answer]:
        """What went wrong."""
        return [answer for answer in self.answers if answer.fault]

    def first(self, share: float) -> float:
        """Return the seconds within which that share of the answers had its first token."""
        waits = sorted(answer.first - answer.sent for answer in self.answers if answer.first)
        return waits[min(int(len(waits) * share), len(waits) - 1)]

    def cores(self) -> dict[str, float]:
        """Return how many cores were at work, by what ran."""
        wall = sum(each.wall for each in self.outcomes)
        of_hosts = {name: sum(each[name] for each in self.cpu) / wall for name in self.cpu[0]}
        return {"clients": sum(each.cpu for each in self.outcomes) / wall, **of_hosts}

    def cells(self, direct: "Measured") -> list[str]:
        """Return the row of the table."""
        connect = statistics.median(seconds for outcome in self.outcomes for seconds in outcome.connects)
        waits = [1000 * self.first(share) for share in (0.5, 0.95)]
        added = [1000 * (self.first(share) - direct.first(share)) for share in (0.5, 0.95)]
        return [
            f"{len(self.answers):,}",
            f"{self.rate:,.0f}",
            f"{self.rate / direct.rate:.3f}",
            *(f"{value:.1f}" for value in (*waits, *added, 1000 * connect)),
            str(len(self.errors)),
        ]


def table(ways: Mapping[str, Measured]) -> list[str]:
    """Return the lines of a Markdown table; the first way is what the others are compared with."""
    direct = next(iter(ways.values()))
    parts = list(direct.cores())
    heads = [*HEADS, *(f"cores: {part}" for part in parts)]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for way, measured in ways.items():
        cores = measured.cores()
        cells = [way, *measured.cells(direct), *(f"{cores[part]:.2f}" for part in parts)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def loss(outcome: Outcome, gone: float, back: float) -> list[str]:
    """Return the sentence on a host that was lost at a moment and was there again at another."""
    begun = [answer for answer in outcome.answers if answer.sent > gone]
    failed = [answer for answer in begun if answer.fault]
    cut = [answer for answer in outcome.answers if answer.fault and answer.sent <= gone]
    waits = sorted(answer.first - answer.sent for answer in begun if answer.first)
    silent = [answer for answer in cut if not answer.first]
    away = f"One of the two hosts lost its power for {back - gone:.0f} s"
    return [
        f"{away}: {len(cut)} of the answers under way were cut, of which {len(silent)} had not begun.",
        f"Of {len(begun):,} requests begun since, {len(failed)} failed;",
        f"the longest wait for a first token was {_longest(waits):.1f} s.",
    ]


def _longest(waits: Sequence[float]) -> float:
    return waits[-1] if waits else 0.0
