"""What the operator must know of a chat, a gateway or a desktop before it is touched."""

from collections.abc import Iterator
from datetime import datetime

from llamakeep import collection
from llamakeep.inventory.fleet import Host, WantedChat
from llamakeep.observe.seen import HostFacts, SeenBackend
from llamakeep.plan.cause import place_of
from llamakeep.plan.front.certificate import certificate_findings
from llamakeep.plan.front.chat import version_on
from llamakeep.plan.front.desktop import desktop_findings
from llamakeep.plan.plan import Finding


def front_findings(host: Host, seen: HostFacts, now: datetime) -> Iterator[Finding]:
    """Return what stands against the chat and the gateway of a host."""
    if host.chat is not None:
        yield from _python(host, host.chat, seen)
        yield from _older(host, host.chat, seen)
        yield from _open(seen)
    yield from certificate_findings(host, seen, now)
    yield from _nowhere(host)
    yield from _down(host, seen)
    yield from desktop_findings(host, seen)


def _python(host: Host, wanted: WantedChat, seen: HostFacts) -> Iterator[Finding]:
    """Refuse a version that nobody has locked for the host's own Python."""
    files = collection.root() / "roles" / "open_webui" / "files"
    locked = {
        path.stem.rpartition("-python")[2] for path in files.glob(f"{wanted.variant}-{wanted.version}-python*.txt")
    }
    known = sorted({path.stem.split("-")[1] for path in files.glob(f"{wanted.variant}-*-python*.txt")})
    if not locked:
        yield Finding(
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
            severity="blocking",
            found=f"open webui {wanted.version} is not locked for Python {own}, this host's own",
            expected=f"Python {' or '.join(sorted(locked))}: Debian 12 and 13 have them",
            remedy="take the host out of chat_hosts, or bring it to a release that has one",
        )


def _older(host: Host, wanted: WantedChat, seen: HostFacts) -> Iterator[Finding]:
    """Warn of going back: an older version cannot read the database of a newer one."""
    before = version_on(seen)
    if before is not None and _numbers(wanted.version) < _numbers(before):
        yield Finding(
            severity="warning",
            found=f"open webui goes back from {before} to {wanted.version}: the database comes back that this one left",
            expected=f"{before} or newer ({place_of(host, 'open_webui_version')})",
            remedy="what was written since will lie in a backup alone; tell people, or keep the newer one",
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _open(seen: HostFacts) -> Iterator[Finding]:
    """Warn of a chat in which anybody makes himself an account, or in which nobody may set anything."""
    if seen.chat is None or not seen.chat.answers:
        return
    if seen.chat.sign_up:
        yield Finding(
            severity="warning",
            found="the chat lets anybody make an account",
            expected="sign-up closed",
            remedy="converge the host: llamakeep up",
        )
    if seen.chat.admins == 0:
        yield Finding(
            severity="warning",
            found="the chat has no administrator",
            expected="one at least",
            remedy="set open_webui_admin_email and open_webui_admin_password; they count while there are no users",
        )


def _nowhere(host: Host) -> Iterator[Finding]:
    """Warn of models that no host behind the gateway has, and of a gateway that leads to none."""
    if host.gateway is None:
        return
    for model, hosts in host.gateway.models.items():
        if not hosts:
            yield Finding(
                severity="warning",
                found=f"the gateway leads nowhere for {model}: no host has it",
                expected="one llm host at least",
                remedy="name it in ollama_models_names of a host on which it fits",
            )
    if not host.gateway.models:
        yield Finding(
            severity="warning",
            found="the gateway leads to no model",
            expected="an llm host with models",
            remedy="name them in ollama_models_names",
        )


def _down(host: Host, seen: HostFacts) -> Iterator[Finding]:
    """Warn of hosts that the gateway cannot reach now: by host where another one serves, by model where none does."""
    if host.gateway is None or seen.gateway is None:
        return
    models: dict[str, list[SeenBackend]] = {}
    for backend in seen.gateway.backends:
        models.setdefault(backend.model, []).append(backend)
    silent = [model for model, backends in models.items() if not any(one.up for one in backends)]
    if silent:
        yield Finding(
            severity="warning",
            found=f"the gateway reaches no host for {', '.join(sorted(silent))}: clients are told so",
            expected="one that is up",
            remedy="see what these hosts say: llamakeep verify",
        )
    told = {one.host for model in silent for one in models[model]}
    down = sorted({one.host for backends in models.values() for one in backends if not one.up} - told)
    if down:
        yield Finding(
            severity="warning",
            found=f"the gateway does not reach {', '.join(down)}: it asks the others",
            expected="every host up",
            remedy=f"llamakeep verify --limit {','.join(down)}",
        )
