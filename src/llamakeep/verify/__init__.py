"""Verification: the same claims for the operator, for molecule and for the kit's own tests."""

from llamakeep.verify.session import run

__all__ = ["run"]
