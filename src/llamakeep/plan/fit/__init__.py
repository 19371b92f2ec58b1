"""Whether the models fit, before a byte of them is brought: `fit` reckons, and asks nobody."""

from llamakeep.plan.fit.host import fit

__all__ = ["fit"]
