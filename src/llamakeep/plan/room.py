"""Whether there is room for what has to come."""

from collections.abc import Iterator

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable

from llamakeep.observe.seen import Space
from llamakeep.plan.plan import Finding
from llamakeep.plan.stage import Case, parts

RESERVE = 64 * 1024 * 1024  # bytes that stay free, as the modules leave them


def no_room(case: Case) -> Iterator[Finding]:
    """Refuse a host whose disks are too small; what falls on the same disk is added up."""
    disks: dict[str, list[tuple[Space, int, str]]] = {}
    for _, stage, wanted in parts(case.host):
        for path, size, why in stage.room(case, wanted):
            space = next((one for one in case.seen.space if one.asked == path), None)
            if space is not None and size > 0:
                disks.setdefault(space.disk, []).append((space, size, why))
    for needs in disks.values():
        needed = sum(size for _, size, _ in needs)
        space = needs[0][0]
        if needed + RESERVE > space.free:
            each = ", ".join(f"{readable(size)} for {why}" for _, size, why in needs)
            places = " and ".join(dict.fromkeys(one.asked for one, _, _ in needs))
            yield Finding(
                id="disk-too-small",
                severity="blocking",
                found=f"no room for what has to come: {readable(space.free)} free at {places}",
                expected=f"{readable(needed)} ({each}), and {readable(RESERVE)} to spare",
                remedy=f"make room on the disk of {space.path}",
            )
