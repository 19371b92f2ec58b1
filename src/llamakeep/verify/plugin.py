"""How pytest meets the fleet: claims from every service, fixtures from the inventory, and a verdict instead of dots."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

import llamakeep.services
from llamakeep import hint
from llamakeep import inventory as inventories
from llamakeep.inventory import packed
from llamakeep.inventory.fleet import Fleet
from llamakeep.verify import ca
from llamakeep.verify.check import Check, Verdict
from llamakeep.verify.claim import Claim
from llamakeep.verify.evidence import NotChecked, NotClaimed
from llamakeep.verify.probed import Probed
from llamakeep.verify.stage import fixtures, stages, things, things_of
from llamakeep.verify.verification import MANAGED, Verification
from llamakeep.verify.verified import ManagedHost

_VERIFICATION = pytest.StashKey[Verification]()
_CHECKS = pytest.StashKey[dict[str, Check]]()
_UNCLAIMED = pytest.StashKey[dict[str, str]]()
_JOURNAL_LINES = 4
_HOSTS = (*fixtures(), MANAGED)  # fixtures that are a host
_PROBERS = ("untrusted", "allowed")
_SERVICES = Path(llamakeep.services.__file__).parent


def claims() -> list[Path]:
    """Return the files in which the services have their claims."""
    patterns = [(name, pattern) for name in stages() for pattern in (f"test_{name}.py", f"test_{name}/test_*.py")]
    return [path for name, pattern in patterns for path in sorted((_SERVICES / name).glob(pattern))]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options with which `llamakeep verify` calls; molecule gives --ansible-inventory instead."""
    group = parser.getgroup("llamakeep")
    group.addoption("--llamakeep-fleet", help="the fleet, as the record of `llamakeep show`")
    group.addoption("--llamakeep-only", help="names of the hosts to verify, with commas; default: all")
    group.addoption("--llamakeep-root", help="the certificate of the inventory's own CA; default: the one beside it")
    group.addoption("--llamakeep-deep", action="store_true", help="hash every blob of every model again")
    group.addoption("--llamakeep-verdict", help="file for the verdict, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Read the fleet before a test is collected, and have the claims of the services collected too."""
    if config.getoption("help"):
        return
    config.args += [str(path) for path in claims()]
    only = config.getoption("--llamakeep-only")
    named = None if only is None else frozenset(filter(None, only.split(",")))
    fleet = _fleet(config)
    given = config.getoption("--llamakeep-root")
    root = ca.root_of(fleet.inventory) if given is None else Path(given).read_text(encoding="ascii") if given else ""
    config.stash[_VERIFICATION] = Verification(fleet, named, config.getoption("--llamakeep-deep"), root)
    config.stash[_CHECKS] = {}
    config.stash[_UNCLAIMED] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each claim the hosts that it is about, with each of their models, or with whoever probes their doors."""
    asked = metafunc.fixturenames
    host = next((name for name in _HOSTS if name in asked), None)
    if host is None:
        return
    verification = metafunc.config.stash[_VERIFICATION]
    thing = next((name for name in things() if name in asked), None)
    prober = next((name for name in _PROBERS if name in asked), None)
    if thing is not None:
        pairs = [(one.name, each) for one in verification.hosts(host) for each in things_of(thing, one)]
        metafunc.parametrize((host, thing), pairs, indirect=[host], ids=[f"{name}-{each.name}" for name, each in pairs])
    elif prober is not None:
        probes = verification.probes(host, allowed=prober == "allowed")
        named = [f"{name}-{who}" for name, _, who in probes]
        metafunc.parametrize((host, prober), [(probe[0], probe) for probe in probes], indirect=True, ids=named)
    else:
        metafunc.parametrize(host, [one.name for one in verification.hosts(host)], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out a claim that is about no host at all, as where nobody is allowed: pytest would skip it."""
    nobody = [item for item in items if item.get_closest_marker("skip")]
    config.hook.pytest_deselected(items=nobody)
    items[:] = [item for item in items if item not in nobody]


def _host(name: str) -> Callable[..., ManagedHost]:
    """Return the fixture of that name: a host, as the claims that ask for it see it."""

    @pytest.fixture(name=name)
    def host(request: pytest.FixtureRequest) -> ManagedHost:
        return request.config.stash[_VERIFICATION].host(name, request.param)

    return host


def _prober(name: str) -> Callable[..., Probed]:
    """Return the fixture of that name: what somebody found at a door who is not let in there, or who is."""

    @pytest.fixture(name=name)
    def prober(request: pytest.FixtureRequest) -> Probed:
        return request.config.stash[_VERIFICATION].probed(*request.param)

    return prober


globals().update({name: _host(name) for name in _HOSTS} | {name: _prober(name) for name in _PROBERS})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Enter the check of a claim when it was checked, or could not be; a note where there is nothing to claim."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, NotClaimed):
        item.config.stash[_UNCLAIMED][_key(item)] = f"{_host_of(item)}: {call.excinfo.value}"
        report.outcome = "skipped"  # for whoever runs the suite by pytest alone, as molecule does
        report.longrepr = (str(item.path), 0, f"Skipped: {call.excinfo.value}")
    elif report.when == "call" or report.failed:
        item.config.stash[_CHECKS][_key(item)] = _check(item, call, report)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the verdict; a claim that was collected and never checked does not hold."""
    path = session.config.getoption("--llamakeep-verdict")
    if not path:
        return
    verification, checks = session.config.stash[_VERIFICATION], session.config.stash[_CHECKS]
    unclaimed = session.config.stash[_UNCLAIMED]
    for item in session.items:
        if isinstance(item, pytest.Function) and _host_of(item) and _key(item) not in {*checks, *unclaimed}:
            checks[_key(item)] = _not_checked(item, "the suite ended before it came to this claim")
    verdict = Verdict(
        inventory=verification.fleet.inventory,
        seconds=0.0,
        checks=tuple(checks.values()),
        notes=(*verification.notes, *dict.fromkeys(unclaimed.values())),
    )
    Path(path).write_text(verdict.model_dump_json(), encoding="utf-8")


def _fleet(config: pytest.Config) -> Fleet:
    path, inventory = config.getoption("--llamakeep-fleet"), config.getoption("--ansible-inventory")
    if path:
        return packed.unpack(Path(path).read_bytes())
    if not inventory:
        raise pytest.UsageError("no fleet: give --llamakeep-fleet FILE or --ansible-inventory PATH")
    return inventories.load(inventory)


def _check(item: pytest.Function, call: pytest.CallInfo[None], report: pytest.TestReport) -> Check:
    if report.passed:
        seconds = next((value for name, value in item.user_properties if name == "seconds"), 0.0)
        return Check(**_head(item), holds=True, seconds=float(str(seconds)))
    error = call.excinfo.value if call.excinfo else None
    if not isinstance(error, AssertionError):
        known = isinstance(error, NotChecked)
        return _not_checked(item, str(error) if known else f"{type(error).__name__}: {error}")
    found = str(error).split("\nassert ")[0] + _journal(item)  # what follows is pytest's own explanation
    return Check(**_head(item), holds=False, found=found, remedy=_remedy(item))


def _not_checked(item: pytest.Function, why: str) -> Check:
    again = f"llamakeep observe {hint.fleet(_inventory(item))} --limit {_host_of(item)}"
    return Check(**_head(item), holds=False, checked=False, found=f"could not be checked: {why}", remedy=again)


def _key(item: pytest.Item) -> str:
    """Return what no other item has; outside of pytest's root folder two files may have the same node ids."""
    return f"{item.path}::{item.name}"


def _head(item: pytest.Function) -> dict[str, Any]:
    """Return what a check says whether it holds or not."""
    values: dict[str, Any] = dict(item.callspec.params)
    for thing in values.keys() & things().keys():
        values[thing] = values[thing].name
    for prober in values.keys() & {*_PROBERS}:
        values[prober] = values[prober][-1]
    subject = item.path.stem.removeprefix("test_")
    about = next((str(values[name]) for name in (*things(), *_PROBERS) if name in values), "")
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
    return item.config.stash[_VERIFICATION].fleet.inventory


def _journal(item: pytest.Function) -> str:
    fixture = next((name for name in _HOSTS if name in item.callspec.params), "")
    journal = item.config.stash[_VERIFICATION].journal(fixture, _host_of(item))
    lines = journal[-_JOURNAL_LINES:] if _claim(item).journal else ()
    return "".join(f"\n  journal: {line}" for line in lines)
