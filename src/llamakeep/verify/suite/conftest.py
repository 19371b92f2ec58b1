"""How pytest meets the fleet: fixtures drawn from the inventory, and a verdict instead of dots."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from llamakeep import hint
from llamakeep import inventory as inventories
from llamakeep.inventory.fleet import Fleet
from llamakeep.lock.lock import LockedModel
from llamakeep.services.gateway.wanted import WantedGateway
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.ollama_models.wanted import WantedModels
from llamakeep.verify import front, handover
from llamakeep.verify.check import Check, Verdict
from llamakeep.verify.claim import Claim
from llamakeep.verify.evidence import NotClaimed, Unjudged
from llamakeep.verify.judged import ChatHost, DesktopHost, GatewayHost, LlmHost, ManagedHost
from llamakeep.verify.judging import Judging
from llamakeep.verify.visit import JudgedVisit

_JUDGING = pytest.StashKey[Judging]()
_CHECKS = pytest.StashKey[dict[str, Check]]()
_UNCLAIMED = pytest.StashKey[dict[str, str]]()
_JOURNAL_LINES = 4
_LLM_HOSTS = ("llm_host", "sealed_host", "asked_host", "accelerated_host")
_PARTS = ("chat_host", "gateway_host", "chatting_host", "desktop_host", "walled_host", "managed_host")
_HOSTS = (*_LLM_HOSTS, *_PARTS)  # fixtures that are a host
_VISITORS = {"stranger", "guest"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options with which `llamakeep verify` calls; molecule gives --ansible-inventory instead."""
    group = parser.getgroup("llamakeep")
    group.addoption("--llamakeep-fleet", help="the fleet, as the record of `llamakeep show`")
    group.addoption("--llamakeep-only", help="names of the hosts to judge, with commas; default: all")
    group.addoption("--llamakeep-root", help="the certificate of the inventory's own CA; default: the one beside it")
    group.addoption("--llamakeep-deep", action="store_true", help="hash every blob of every model again")
    group.addoption("--llamakeep-verdict", help="file for the verdict, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Read the fleet before a test is collected."""
    if config.getoption("help"):
        return
    only = config.getoption("--llamakeep-only")
    named = None if only is None else frozenset(filter(None, only.split(",")))
    fleet = _fleet(config)
    given = config.getoption("--llamakeep-root")
    root = front.root_of(fleet.inventory) if given is None else Path(given).read_text(encoding="ascii") if given else ""
    config.stash[_JUDGING] = Judging(fleet, named, config.getoption("--llamakeep-deep"), root)
    config.stash[_CHECKS] = {}
    config.stash[_UNCLAIMED] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each claim the hosts, models and visitors that it is about."""
    judging = metafunc.config.stash[_JUDGING]
    wanted = [
        (host.name, server, models.models if (models := host.service(WantedModels)) is not None else ())
        for host in judging.targets
        if (server := host.service(WantedOllama)) is not None
    ]
    asked = set(metafunc.fixturenames)
    if "model" in asked:
        pairs = [(name, model) for name, _, models in wanted for model in models]
        names = [f"{name}-{model.name}" for name, model in pairs]
        metafunc.parametrize(("llm_host", "model"), pairs, indirect=["llm_host"], ids=names)
    elif visitor := asked & _VISITORS:
        at, door = ("chat_host", "open-webui-web") if "chat_host" in asked else ("llm_host", "ollama-api")
        visits = judging.visits(door, invited="guest" in visitor)
        ids = [f"{host}-{name}" for host, _, name in visits]
        pairs_of = [(visit[0], visit) for visit in visits]
        metafunc.parametrize((at, visitor.pop()), pairs_of, indirect=True, ids=ids)
    elif "accelerated_host" in asked:
        named = [name for name, server, models in wanted if models and server.require_accelerator != "none"]
        metafunc.parametrize("accelerated_host", named, indirect=True)
    elif "sealed_host" in asked:
        metafunc.parametrize("sealed_host", [name for name, server, _ in wanted if server.sealed], indirect=True)
    elif "asked_host" in asked:
        metafunc.parametrize("asked_host", [name for name, _, models in wanted if models], indirect=True)
    elif "llm_host" in asked:
        metafunc.parametrize("llm_host", [name for name, _, _ in wanted], indirect=True)
    else:
        _part(metafunc, judging, asked)


def _part(metafunc: pytest.Metafunc, judging: Judging, asked: set[str]) -> None:
    """Give a claim about a chat, a gateway, a desktop, or any host that has a part to play its hosts."""
    parts = {
        "chat_host": [host.name for host in judging.targets if "open_webui" in host.services],
        "gateway_host": [host.name for host in judging.targets if "gateway" in host.services],
        "chatting_host": [
            host.name
            for host in judging.targets
            if (gateway := host.service(WantedGateway)) is not None and gateway.chats
        ],
        "desktop_host": [host.name for host in judging.targets if "chatbox" in host.services],
        "walled_host": [host.name for host in judging.targets if "firewall" in host.services],
        "managed_host": [host.name for host in judging.targets],
    }
    for name in parts.keys() & asked:
        metafunc.parametrize(name, parts[name], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out a claim that is about no host at all, as where nobody is invited: pytest would skip it."""
    nobody = [item for item in items if item.get_closest_marker("skip")]
    config.hook.pytest_deselected(items=nobody)
    items[:] = [item for item in items if item not in nobody]


@pytest.fixture
def llm_host(request: pytest.FixtureRequest) -> LlmHost:
    """Return a host that serves models."""
    return request.config.stash[_JUDGING].host(request.param)


@pytest.fixture
def sealed_host(request: pytest.FixtureRequest) -> LlmHost:
    """Return a host whose service is to be sealed."""
    return request.config.stash[_JUDGING].host(request.param)


@pytest.fixture
def asked_host(request: pytest.FixtureRequest) -> LlmHost:
    """Return a host that is to have a model."""
    return request.config.stash[_JUDGING].host(request.param)


@pytest.fixture
def accelerated_host(request: pytest.FixtureRequest) -> LlmHost:
    """Return a host whose models are to lie on an accelerator."""
    return request.config.stash[_JUDGING].host(request.param)


@pytest.fixture
def chat_host(request: pytest.FixtureRequest) -> ChatHost:
    """Return a host that serves the chat."""
    return request.config.stash[_JUDGING].chat(request.param)


@pytest.fixture
def gateway_host(request: pytest.FixtureRequest) -> GatewayHost:
    """Return a gateway."""
    return request.config.stash[_JUDGING].gateway(request.param)


@pytest.fixture
def chatting_host(request: pytest.FixtureRequest) -> GatewayHost:
    """Return a gateway that leads to a chat."""
    return request.config.stash[_JUDGING].gateway(request.param)


@pytest.fixture
def desktop_host(request: pytest.FixtureRequest) -> DesktopHost:
    """Return a desktop."""
    return request.config.stash[_JUDGING].desktop(request.param)


@pytest.fixture
def walled_host(request: pytest.FixtureRequest) -> ManagedHost:
    """Return a host that has a firewall of ours: one that serves somebody."""
    return request.config.stash[_JUDGING].managed(request.param)


@pytest.fixture
def managed_host(request: pytest.FixtureRequest) -> ManagedHost:
    """Return a host that has any part to play."""
    return request.config.stash[_JUDGING].managed(request.param)


@pytest.fixture
def stranger(request: pytest.FixtureRequest) -> JudgedVisit:
    """Return the visit of somebody whom the inventory does not let in."""
    return request.config.stash[_JUDGING].visit(*request.param)


@pytest.fixture
def guest(request: pytest.FixtureRequest) -> JudgedVisit:
    """Return the visit of somebody whom the inventory lets in."""
    return request.config.stash[_JUDGING].visit(*request.param)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Enter the check of a claim when it was judged, or could not be; a note where there is nothing to claim."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, NotClaimed):
        item.config.stash[_UNCLAIMED][item.nodeid] = f"{_host_of(item)}: {call.excinfo.value}"
        report.outcome = "skipped"  # for whoever runs the suite by pytest alone, as molecule does
        report.longrepr = (str(item.path), 0, f"Skipped: {call.excinfo.value}")
    elif report.when == "call" or report.failed:
        item.config.stash[_CHECKS][item.nodeid] = _check(item, call, report)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the verdict; a claim that was collected and never judged does not hold."""
    path = session.config.getoption("--llamakeep-verdict")
    if not path:
        return
    judging, checks = session.config.stash[_JUDGING], session.config.stash[_CHECKS]
    unclaimed = session.config.stash[_UNCLAIMED]
    for item in session.items:
        if isinstance(item, pytest.Function) and _host_of(item) and item.nodeid not in {*checks, *unclaimed}:
            checks[item.nodeid] = _unjudged(item, "the suite ended before it came to this claim")
    verdict = Verdict(
        inventory=judging.fleet.inventory,
        seconds=0.0,
        checks=tuple(checks.values()),
        notes=(*judging.notes, *dict.fromkeys(unclaimed.values())),
    )
    Path(path).write_text(verdict.model_dump_json(), encoding="utf-8")


def _fleet(config: pytest.Config) -> Fleet:
    path, inventory = config.getoption("--llamakeep-fleet"), config.getoption("--ansible-inventory")
    if path:
        return handover.unpack(Path(path).read_bytes())
    if not inventory:
        raise pytest.UsageError("no fleet: give --llamakeep-fleet FILE or --ansible-inventory PATH")
    return inventories.load(inventory)


def _check(item: pytest.Function, call: pytest.CallInfo[None], report: pytest.TestReport) -> Check:
    if report.passed:
        seconds = next((value for name, value in item.user_properties if name == "seconds"), 0.0)
        return Check(**_head(item), holds=True, seconds=float(str(seconds)))
    error = call.excinfo.value if call.excinfo else None
    if not isinstance(error, AssertionError):
        known = isinstance(error, Unjudged)
        return _unjudged(item, str(error) if known else f"{type(error).__name__}: {error}")
    found = str(error).split("\nassert ")[0] + _journal(item)  # what follows is pytest's own explanation
    return Check(**_head(item), holds=False, found=found, remedy=_remedy(item))


def _unjudged(item: pytest.Function, why: str) -> Check:
    again = f"llamakeep observe {hint.fleet(_inventory(item))} --limit {_host_of(item)}"
    return Check(**_head(item), holds=False, judged=False, found=f"could not be checked: {why}", remedy=again)


def _head(item: pytest.Function) -> dict[str, Any]:
    """Return what a check says whether it holds or not."""
    values: dict[str, Any] = dict(item.callspec.params)
    if isinstance(values.get("model"), LockedModel):
        values["model"] = values["model"].name
    for visitor in _VISITORS & values.keys():
        values[visitor] = values[visitor][-1]
    subject = item.path.stem.removeprefix("test_")
    about = next((str(values[name]) for name in ("model", "stranger", "guest") if name in values), "")
    claim = _claim(item)
    return {"host": _host_of(item), "id": claim.id, "subject": subject, "about": about, "claim": claim.about(values)}


def _claim(item: pytest.Function) -> Claim:
    found: Claim = getattr(item.function, "claim", Claim(item.name, item.name))
    return found


def _host_of(item: pytest.Function) -> str:
    values = item.callspec.params if hasattr(item, "callspec") else {}
    return next((str(values[name]) for name in _HOSTS if name in values), "")


def _remedy(item: pytest.Function) -> str:
    return _claim(item).remedy or f"llamakeep up {hint.fleet(_inventory(item))} --limit {_host_of(item)}"


def _inventory(item: pytest.Function) -> str:
    return item.config.stash[_JUDGING].fleet.inventory


def _journal(item: pytest.Function) -> str:
    seen = item.config.stash[_JUDGING].evidence(_host_of(item))
    journal = seen.chat_journal if item.path.stem == "test_chat" else seen.journal
    lines = journal[-_JOURNAL_LINES:] if _claim(item).journal else ()
    return "".join(f"\n  journal: {line}" for line in lines)
