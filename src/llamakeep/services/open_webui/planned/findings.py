"""What the operator must know of a chat before it is touched."""

from collections.abc import Iterator

from llamakeep import collection
from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.cause import place_of
from llamakeep.plan.plan import Finding
from llamakeep.plan.stage import Case
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui
from llamakeep.services.open_webui.planned.changes import version_on
from llamakeep.services.open_webui.wanted import WantedOpenWebui


def findings(case: Case, wanted: WantedOpenWebui) -> Iterator[Finding]:
    """Return what stands against the chat of a host."""
    yield from _python(case.host, wanted, case.seen)
    yield from _older(case.host, wanted, case.seen)
    yield from _open(case.seen)


def _python(host: Host, wanted: WantedOpenWebui, seen: HostFacts) -> Iterator[Finding]:
    """Refuse a version that nobody has locked for the host's own Python."""
    files = collection.root() / "roles" / "open_webui" / "files"
    locked = {
        path.stem.rpartition("-python")[2] for path in files.glob(f"{wanted.variant}-{wanted.version}-python*.txt")
    }
    known = sorted({path.stem.split("-")[1] for path in files.glob(f"{wanted.variant}-*-python*.txt")})
    if not locked:
        yield Finding(
            id="release-not-locked",
            severity="blocking",
            found=f"open webui {wanted.version} ({wanted.variant}) is not locked",
            expected=f"one of {', '.join(known) or 'those that the kit ships'}",
            remedy=f"set another one: {place_of(host, 'open_webui_version')}",
        )
        return
    python = seen.system.python if seen.system is not None else None
    own = ".".join(python.split(".")[:2]) if python else ""
    if own and own not in locked:
        yield Finding(
            id="release-not-locked-for-python",
            severity="blocking",
            found=f"open webui {wanted.version} is not locked for Python {own}, this host's own",
            expected=f"Python {' or '.join(sorted(locked))}: Debian 12 and 13 have them",
            remedy="take the host out of chat_hosts, or bring it to a release that has one",
        )


def _older(host: Host, wanted: WantedOpenWebui, seen: HostFacts) -> Iterator[Finding]:
    """Warn of going back: an older version cannot read the database of a newer one."""
    before = version_on(seen)
    if before is not None and _numbers(wanted.version) < _numbers(before):
        yield Finding(
            id="release-goes-back",
            severity="warning",
            found=f"open webui goes back from {before} to {wanted.version}: the database comes back that this one left",
            expected=f"{before} or newer ({place_of(host, 'open_webui_version')})",
            remedy="what was written since will lie in a backup alone; tell people, or keep the newer one",
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _open(seen: HostFacts) -> Iterator[Finding]:
    """Warn of a chat in which anybody makes himself an account, or in which nobody may set anything."""
    chat = seen.service(SeenOpenWebui)
    if chat is None or not chat.answers:
        return
    if chat.sign_up:
        yield Finding(
            id="chat-signup-open",
            severity="warning",
            found="the chat lets anybody make an account",
            expected="sign-up closed",
            remedy="converge the host: llamakeep up",
        )
    if chat.admins == 0:
        yield Finding(
            id="chat-without-administrator",
            severity="warning",
            found="the chat has no administrator",
            expected="one at least",
            remedy="set open_webui_admin_email and open_webui_admin_password; they count while there are no users",
        )
