"""What would change, and why: `compare` holds what we want against what is."""

from llamakeep.plan.compare import compare

__all__ = ["compare"]
