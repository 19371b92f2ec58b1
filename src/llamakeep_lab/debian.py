"""The releases of Debian that a lab host can be, the usual one first."""

RELEASES = ("trixie", "bookworm")
