"""What would change in the Open WebUI of one host: its version, its service, its people."""

from collections.abc import Iterator
from functools import cache

import yaml

from llamakeep import collection
from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.cause import place_of
from llamakeep.plan.door import door_change
from llamakeep.plan.plan import Change
from llamakeep.plan.stage import Case
from llamakeep.plan.unit import unit_changes
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui
from llamakeep.services.open_webui.wanted import WantedOpenWebui

ROLE = "open_webui"
ENGINE = "open-webui.service"
CURRENT = "/open_webui/current"
_AT_MOST = 6  # names on one line


def first(host: Host, wanted: WantedOpenWebui, why: str) -> Iterator[Change]:
    """Return what a host gets that no converge has brought a chat to yet."""
    variant = "" if wanted.variant == "slim" else f" ({wanted.variant})"
    source = _index(host)
    yield Change(sign="+", what=f"open webui {wanted.version}{variant}, sealed off the network", why=why, source=source)
    asks = f"in the seal of {wanted.sealed_with}" if wanted.sealed_with else f"through a door to {wanted.backend} alone"
    yield Change(sign="+", what=f"{ENGINE} asks for models {asks}", why=why)
    yield door_change(wanted.door, why)
    yield Change(sign="+", what=f"the chat at {wanted.url}, sign-up closed", why=why)
    if wanted.users:
        yield Change(sign="+", what=f"{_people(wanted.users)} may log in, beside the first administrator", why=why)


@cache
def size_of(variant: str) -> int:
    """Return the bytes of disk that a new version takes while it is made, as the role has them."""
    path = collection.root() / "roles" / "open_webui" / "vars" / "main" / "sizes.yml"
    return int(yaml.safe_load(path.read_text(encoding="utf-8"))["__open_webui_sizes"][variant])


def version_on(seen: HostFacts) -> str | None:
    """Return the version that a converge left on the host.

    >>> version_on(host)  # by the link /opt/llamakeep/open_webui/current in its receipt
    '0.12.4'
    """
    if seen.receipt is not None:
        for link in seen.receipt.managed.get(ROLE, {}).get("links", ()):
            if link["path"].endswith(CURRENT):
                return str(link["to"]).rstrip("/").rpartition("/")[2].partition("-")[0]  # behind it, the variant
    chat = seen.service(SeenOpenWebui)
    return chat.version if chat is not None else None


def release(host: Host, wanted: WantedOpenWebui, seen: HostFacts, differ: frozenset[str]) -> Iterator[Change]:
    """Return the move to another version, up or down, or to another variant of the same one."""
    before = version_on(seen)
    if before != wanted.version or "open_webui_version" in differ:
        what = f"open webui {before} → {wanted.version}" if before else f"open webui {wanted.version}"
        yield Change(
            sign="~" if before else "+",
            what=f"{what}, after a backup" if before and before != wanted.version else what,
            why=place_of(host, "open_webui_version"),
            source=_index(host),
            restarts=(ENGINE,),
        )
    elif "open_webui_variant" in differ:
        why = place_of(host, "open_webui_variant")
        yield Change(what=f"open webui {wanted.version}, {wanted.variant}", why=why, restarts=(ENGINE,))


def running(case: Case, wanted: WantedOpenWebui) -> Iterator[Change]:
    """Return what the service and its doors need that do not run as they should; it was asked where they are to be."""
    seen = case.seen
    moves = bool(case.differ & {"open_webui_addresses", "open_webui_port"})
    chat = seen.service(SeenOpenWebui)
    answers = moves or chat is None or chat.answers
    yield from unit_changes(ENGINE, seen, sealed=True, answers=answers, door=f"{wanted.door.name}.socket")
    for door in wanted.managed.doors:
        yield from unit_changes(f"{door.name}.socket", seen)


def people(host: Host, wanted: WantedOpenWebui, seen: HostFacts, differ: frozenset[str]) -> Iterator[Change]:
    """Return who is added, by name, where the chat says whom it has; nobody is ever deleted."""
    option = "open_webui_users"
    chat = seen.service(SeenOpenWebui)
    known = chat.users if chat is not None else None
    if known is None:
        if option in differ:
            yield Change(what="the people who may log in", why=place_of(host, option))
        return
    there = {name.lower() for name in known}
    missing = tuple(name for name in wanted.users if name.lower() not in there)
    if missing:
        yield Change(sign="+", what=f"{_people(missing)} may log in", why=place_of(host, option))
    elif option in differ:
        yield Change(what="role, state or first password of people who may log in", why=place_of(host, option))


def _index(host: Host) -> str:
    """Return from whom its packages come."""
    named = str(host.inputs.get("open_webui_index") or "")
    return named.partition("://")[2].partition("/")[0].rpartition("@")[2] if named else "the public package index"


def _people(names: tuple[str, ...]) -> str:
    rest = f" and {len(names) - _AT_MOST} more" if len(names) > _AT_MOST else ""
    return f"{', '.join(names[:_AT_MOST])}{rest}"
