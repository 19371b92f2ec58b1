"""`make bench`, `make bench-observe` and `make bench-gateway`: measure, and write docs/benchmarks.md.

The hosts and the control node share this machine's processors, so quote ratios, not seconds.
"""

import argparse
import sys

from llamakeep.errors import Refusal
from llamakeep_lab.bench import converge, gateway, observe, page


def main() -> int:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "what", nargs="*", choices=["converge", "observe", "gateway"], default=["converge", "observe", "gateway"]
    )
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 5, 10], help="fleets that are converged")
    parser.add_argument("--observed", type=int, nargs="+", default=[1, 10, 40], help="lab hosts that are observed")
    parser.add_argument("--simulated", type=int, default=1000, help="simulated hosts that are observed; 0: none")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--streams", type=int, default=200, help="through the gateway at once")
    parser.add_argument("--seconds", type=float, default=60, help="for which they ask")
    parser.add_argument("--rounds", type=int, default=1, help="in which the ways take turns")
    options = parser.parse_args()
    try:
        parts = {}
        if "observe" in options.what:
            parts["observe"] = observe.bench(options.observed, options.simulated, options.runs)
        if "converge" in options.what:
            parts["converge"] = converge.bench(options.hosts, options.runs)
        if "gateway" in options.what:
            parts["gateway"] = gateway.bench(options.streams, options.seconds, options.rounds)
    except Refusal as refusal:
        print(f"bench: {refusal}", file=sys.stderr)  # noqa: T201 - the end of a program
        return 2
    for part, lines in parts.items():
        page.write(part, lines)
        print("\n".join(lines))  # noqa: T201 - what was asked for
    return 0


if __name__ == "__main__":
    sys.exit(main())
