"""What would change in the Chatbox of one desktop: its package, whom it asks, whose it is."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from llamakeep import collection
from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.cause import place_of
from llamakeep.plan.plan import Change, Finding
from llamakeep.plan.source import server
from llamakeep.plan.stage import Case, Elsewhere, LeftOut, PlannedStage
from llamakeep.services.chatbox.wanted import ASKED, WantedChatbox

ROLE = "chatbox"
CURRENT = "/chatbox/current"
_ROOT = "fleet:root"


class Stage(PlannedStage[WantedChatbox]):
    """Chatbox's part in the plan."""

    kind = WantedChatbox
    called = "chatbox"
    announced = frozenset({"chatbox_version", "chatbox_archive_url", "chatbox_archive_sha256", "chatbox_users"})
    elsewhere = {
        ASKED: Elsewhere(
            "whom Chatbox asks, for which models, by whose certificate",
            "settings of the gateway, and the models of llm_hosts",
        )
    }
    routes_to_models = True

    def findings(self, case: Case, wanted: WantedChatbox) -> Iterator[Finding]:
        """Return keys that open nothing, and a version of which the kit has no package."""
        return findings(case.host, wanted, case.seen)

    def first(self, case: Case, wanted: WantedChatbox, why: str) -> Iterator[Change]:
        """Return what a desktop gets that no converge has brought a Chatbox to yet."""
        return first(case.host, wanted, why)

    def release(self, case: Case, wanted: WantedChatbox) -> Iterator[Change]:
        """Return the move to another version, or to another package of the same one."""
        return release(case.host, wanted, case.seen, case.differ)

    def content(self, case: Case, wanted: WantedChatbox) -> Iterator[Change]:
        """Return that users, their keys or their models are others."""
        return people(case.host, wanted, case.differ)

    def without(self, host: Host, wanted: WantedChatbox, left_out: LeftOut) -> Host:
        """Return a desktop that is told of the models alone that some host has."""
        return with_fewer_models(host, wanted, left_out) if any(left_out.values()) else host


def first(host: Host, wanted: WantedChatbox, why: str) -> Iterator[Change]:
    """Return what a desktop gets that no converge has brought a Chatbox to yet."""
    yield Change(sign="+", what=f"chatbox {wanted.version}", why=why, source=_source(wanted))
    if _ROOT in host.inputs:
        yield Change(sign="+", what="the host and its users trust the root of the internal CA", why=why)
    if wanted.users:
        key = ", each with a key of his own" if wanted.clients else ""
        what = f"Chatbox of {', '.join(wanted.users)} asks {wanted.url}{key}, and reports nothing"
        yield Change(sign="+", what=what, why=why)


def version_on(seen: HostFacts) -> str | None:
    """Return the version that a converge left on the host, by the link /opt/llamakeep/chatbox/current."""
    links = seen.receipt.managed.get(ROLE, {}).get("links", ()) if seen.receipt is not None else ()
    return next((str(one["to"]).rstrip("/").rpartition("/")[2] for one in links if one["path"].endswith(CURRENT)), None)


def release(host: Host, wanted: WantedChatbox, seen: HostFacts, differ: frozenset[str]) -> Iterator[Change]:
    """Return the move to another version, or to another package of the same one; what runs goes on until it closes."""
    before = version_on(seen)
    if before != wanted.version or "chatbox_version" in differ:
        what = f"chatbox {before} → {wanted.version}" if before else f"chatbox {wanted.version}"
        why = place_of(host, "chatbox_version")
        yield Change(sign="~" if before else "+", what=what, why=why, source=_source(wanted))
    elif differ & {"chatbox_archive_url", "chatbox_archive_sha256"}:
        why = place_of(host, "chatbox_archive_url")
        yield Change(what=f"chatbox {wanted.version}, from another package", why=why, source=_source(wanted))


def people(host: Host, wanted: WantedChatbox, differ: frozenset[str]) -> Iterator[Change]:
    """Return that users, their keys or their models are others; whose Chatbox was told before, no receipt says."""
    option = "chatbox_users"
    if option in differ:
        whose = ", ".join(wanted.users) or "nobody any more"
        yield Change(what=f"who is told of the fleet, his key or his model: {whose}", why=place_of(host, option))


def findings(host: Host, wanted: WantedChatbox, seen: HostFacts) -> Iterator[Finding]:
    """Refuse keys that open nothing, and a version of which the kit has no package, before anything is touched."""
    for one in wanted.stale:
        found = f"{one.place}: {one.found} ({place_of(host, 'chatbox_users')})"
        yield Finding(
            id="chatbox-key-does-not-open", severity="blocking", found=found, expected=one.expected, remedy=one.remedy
        )
    if seen.system is None or wanted.archive:
        return
    platform, version = f"linux-{seen.system.architecture}", wanted.version
    known = [name for name, packages in _releases().items() if platform in packages]
    if version not in known:
        yield Finding(
            id="release-not-shipped",
            severity="blocking",
            found=f"chatbox {version} for {platform} is not shipped with this kit",
            expected=f"one of {', '.join(sorted(known)) or '(none is known for it)'}",
            remedy="set another chatbox_version, or chatbox_archive_url and chatbox_archive_sha256",
        )


@cache
def _releases() -> dict[str, Any]:
    path = collection.root() / "roles" / ROLE / "vars" / "releases.yml"
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["__chatbox_releases"]
    return found


def _source(wanted: WantedChatbox) -> str:
    """Return from whom the package comes."""
    return server(wanted.archive) if wanted.archive else "chatboxai.app"


def with_fewer_models(host: Host, wanted: WantedChatbox, left_out: LeftOut) -> Host:
    """Return a desktop that is told of the models alone that some host has."""
    models = {
        model: kept
        for model, names in wanted.models.items()
        if (kept := tuple(name for name in names if model not in left_out.get(name, ())))
    }
    inputs = dict(host.inputs)
    if asked := inputs.get(ASKED):
        provider = asked["provider"]
        named = [model for model in provider.get("models", ()) if model in models]
        inputs[ASKED] = {**asked, "provider": {**provider, "models": named} if provider else {}}
    return host.having(ROLE, wanted.model_copy(update={"models": models})).model_copy(update={"inputs": inputs})
